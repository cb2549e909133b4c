"""deploy/kubernetes and deploy/container: the manifests follow Kubernetes' schemas, the pods' command runs
as they start it, and the image's files are enough for it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from maker import make
from support import schemas, tree
from support.archive import serving_archive
from support.command import CAMZARR, camzarr

ROOT = Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "deploy/container"
NAMES = [f"CAMHDA301-201807{day:02}T001500" for day in range(10, 15)]
USER = 65532


def documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "deploy/kubernetes/ingest.yaml").read_text()))


@pytest.fixture(name="job")
def fixture_job() -> dict[str, Any]:
    (job,) = (one for one in documents() if one["kind"] == "Job")
    return job


@pytest.fixture(name="pod")
def fixture_pod(job: dict[str, Any]) -> dict[str, Any]:
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    return pod


# ---- Kubernetes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.33", kubernetes_validate.latest_version()])
def test_schemas(version: str) -> None:
    """Since 1.33 an index can fail by itself; unknown members are refused."""
    kinds = [one["kind"] for one in documents()]
    assert kinds == ["ServiceAccount", "PersistentVolumeClaim", "Job"]
    for one in documents():
        kubernetes_validate.validate(one, version, strict=True)


def test_a_schema_refuses_a_wrong_member(job: dict[str, Any]) -> None:
    job["spec"]["completion"] = 16
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)


def test_references(pod: dict[str, Any]) -> None:
    names = {one["kind"]: one["metadata"]["name"] for one in documents()}
    (container,) = pod["containers"]
    claims = [v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v]
    assert claims == [names["PersistentVolumeClaim"]]
    assert pod["serviceAccountName"] == names["ServiceAccount"]
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}


def test_numbers_of_pods_agree(job: dict[str, Any], pod: dict[str, Any]) -> None:
    pods = job["spec"]["completions"]
    assert job["spec"]["parallelism"] == pods and job["spec"]["completionMode"] == "Indexed"
    assert f"--index=auto/{pods}" in pod["containers"][0]["args"]


def test_pods_have_no_privileges(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    context = pod["securityContext"]
    assert context["runAsNonRoot"] and context["runAsUser"] == USER == context["runAsGroup"]
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert documents()[0]["automountServiceAccountToken"] is False


def test_every_exit_code_of_a_failure_has_a_rule(job: dict[str, Any]) -> None:
    """Those of `camzarr --help`: 5 and signals count as failures of the index, which are retried."""
    rules = {
        code: rule["action"]
        for rule in job["spec"]["podFailurePolicy"]["rules"]
        for code in rule.get("onExitCodes", {}).get("values", [])
    }
    assert rules == {1: "FailIndex", 2: "FailJob", 3: "FailIndex"}
    (name,) = (one["name"] for one in job["spec"]["template"]["spec"]["containers"])
    for rule in job["spec"]["podFailurePolicy"]["rules"]:
        assert rule.get("onExitCodes", {"containerName": name})["containerName"] == name


# ---- The pods' command -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    for name in NAMES:
        make("usual", root / f"{name}.mov")
    return root


def words_of(pod: dict[str, Any], index: int, ingest: str, store: str) -> list[str]:
    """A container's arguments, $(NAME) replaced as the kubelet does, with another volume and store."""
    words = [word.replace("$(JOB_COMPLETION_INDEX)", str(index)) for word in pod["containers"][0]["args"]]
    assert words[-1].startswith("s3://") and not any("$" in word for word in words)
    return [word.replace("/ingest/", f"{ingest}/") for word in words[:-1]] + [store]


def rows_of(url: str, files: Path) -> str:
    sizes = {name: (files / f"{name}.mov").stat().st_size for name in NAMES}
    rows = [{"source": f"{url}/{name}.mov", "size": size} for name, size in sizes.items()]
    return "".join(json.dumps(row) + "\n" for row in rows)


def read_reports(folder: Path) -> list[dict[str, Any]]:
    texts = [path.read_text() for path in sorted(folder.glob("report-*.jsonl"))]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    for line in lines:
        schemas.validate("convert-line", line)
    return lines


def test_the_command_as_pods_start_it(
    job: dict[str, Any], pod: dict[str, Any], files: Path, tmp_path: Path
) -> None:
    (tmp_path / "manifest.jsonl").write_text(rows_of(str(files), files))
    ours = {k: v for k, v in os.environ.items() if not k.startswith("SLURM_")}
    for index in range(job["spec"]["completions"]):
        words = words_of(pod, index, str(tmp_path), str(tmp_path / "store"))
        camzarr(*words, env={**ours, "JOB_COMPLETION_INDEX": str(index)})
    assert sorted(line["clip"] for line in read_reports(tmp_path)) == NAMES
    camzarr("convert", *sorted(files.glob("*.mov")), tmp_path / "one")
    assert tree.clip_digests(tmp_path / "store") == tree.clip_digests(tmp_path / "one")


# ---- The image ---------------------------------------------------------------------------------------


def instructions() -> list[list[str]]:
    """Of the Containerfile, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (CONTAINER / "Containerfile").read_text(), flags=re.MULTILINE)
    return [line.split() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def test_containerfile() -> None:
    """Two stages; the last one has nothing but the files, and a user without privileges."""
    found = instructions()
    stages = [i for i, words in enumerate(found) if words[0] == "FROM"]
    assert [found[i][1:] for i in stages] == [["docker.io/library/debian:12-slim", "AS", "build"], ["scratch"]]
    last = found[stages[1] + 1 :]
    assert [words[0] for words in last] == ["COPY", "ENV", "USER", "ENTRYPOINT", "CMD"]
    assert last[0][1:] == ["--from=build", "/rootfs/", "/"] and last[2][1] == f"{USER}:{USER}"
    (install,) = (words for words in found if "install" in words)
    assert "--no-install-recommends" in install and "/var/lib/apt/lists/*" in install
    table = (ROOT / "scripts/deps").read_text()
    built = set(re.findall(r"^build\|([^|]+)\|", table, re.MULTILINE)) - {"libnetcdf-dev"}
    packages = set(install[install.index("--no-install-recommends") + 1 : install.index("&&", 5)])
    assert packages == built | {"ca-certificates"}


def copied() -> list[tuple[str, str]]:
    """What the first stage takes of the project."""
    found = []
    for words in instructions():
        if words[0] == "COPY" and not words[1].startswith("--"):
            found += [(source, words[-1]) for source in words[1:-1]]
    return found


def test_nothing_but_sources_is_copied() -> None:
    for source, _ in copied():
        assert (ROOT / source).exists() and source not in (".", "./", "build")
    for folder in re.findall(r"add_subdirectory\((\w+)", (ROOT / "CMakeLists.txt").read_text()):
        assert folder == "tests" or (folder, folder) in copied()


@pytest.mark.full
def test_the_image_builds_from_what_is_copied(tmp_path: Path) -> None:
    """The commands of the first stage, in a folder that has nothing else."""
    place = tmp_path / "src"
    place.mkdir()
    for source, to in copied():
        target = place / source if to.endswith("/") else place / to
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, target)
    (build,) = (words for words in instructions() if words[:2] == ["RUN", "cmake"])
    text = " ".join(build[1:]).replace(" /build", f" {tmp_path}/build")
    text = text.replace(" /rootfs", f" {tmp_path}/rootfs").replace("--parallel", "--parallel 2")
    subprocess.run(["sh", "-ec", text], cwd=place, check=True, capture_output=True)
    with image(tmp_path / "build/camzarr") as root:
        assert b"camzarr" in inside(root, "--version")
    size = sum(path.lstat().st_size for path in (tmp_path / "rootfs").rglob("*") if path.is_file())
    assert size < 64 << 20


class image:
    """The files of an image, in a folder of root's that the user of the image can enter."""

    def __init__(self, command: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("optional: chroot takes root")
        self._command = command
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> Path:
        root = Path(self._folder.name) / "rootfs"
        subprocess.run([CONTAINER / "rootfs", self._command, root], check=True, capture_output=True)
        return root

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def inside(root: Path, *words: str, **environment: str) -> bytes:
    """Run the command in it, as the image's user."""
    chroot = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert chroot
    command = [chroot, f"--userspec={USER}:{USER}", str(root), "/usr/bin/camzarr", *words]
    done = subprocess.run(command, env={"HOME": "/tmp", **environment}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_the_image_converts(pod: dict[str, Any], files: Path) -> None:
    """As a pod does, from a server, into a volume; nothing else of the image is written."""
    with image(CAMZARR) as root, serving_archive(files) as archive:
        volume = root / "ingest"
        volume.mkdir()
        os.chown(volume, USER, USER)
        (volume / "manifest.jsonl").write_text(rows_of(archive.url, files))
        before = set(tree.files(root))
        words = [word.replace("auto/16", "auto/1") for word in words_of(pod, 0, "/ingest", "/ingest/store")]
        inside(root, *words, JOB_COMPLETION_INDEX="0")
        assert sorted(line["clip"] for line in read_reports(volume)) == NAMES
        assert all(volume in path.parents for path in set(tree.files(root)) - before)
        assert not list(root.rglob("*sh")), "no shell"
        assert (root / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000
