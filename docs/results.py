"""usage: docs/results.py [OUT.jpg]    make the figure of README.md

It makes the small archive of examples/scene.py, converts it, and reads everything that it shows from the
store, with the installed package: frames, a detail at full size, and two measurements. The committed figure is of
the archive that is made of a picture of the seafloor camera. Needs matplotlib, xarray and ffmpeg.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "examples"))
import camzarr  # noqa: E402
import scene  # noqa: E402

SHOWN = [0, 3, 6, 9]  # recordings
MIDDLE = (scene.TIP.start + scene.TIP.stop) // 2
DETAIL = np.s_[110:290, MIDDLE - 160 : MIDDLE + 160]  # lines, columns


def small_spots(luma: np.ndarray) -> np.ndarray:
    """Variance of spots of 3 to 12 pixels in each frame, in 1e-6 of full scale squared."""
    moving = luma[:, *scene.WATER] - luma[:, *scene.WATER].mean(axis=0)
    power = abs(np.fft.fft2(moving)) ** 2 / moving[0].size ** 2
    f = np.hypot(np.fft.fftfreq(moving.shape[1])[:, None], np.fft.fftfreq(moving.shape[2]))
    return 1e6 * (power * ((f > 1 / 12) & (f < 1 / 3))).sum(axis=(1, 2))


def measure(store: camzarr.Store) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Days since the first recording; mean and standard error of the small spots; line of the tip."""
    spots, views = [], []
    for name in store.names:
        clip = xr.open_dataset(store.url, engine="camzarr", clip=name, chunks={})
        luma = clip.luma[3:45:8].values / 65535
        spots.append(small_spots(luma))
        views.append(np.median(luma[:, :, scene.TIP], axis=0))
    changes = [np.median(abs(view - views[0]), axis=1) > 0.06 for view in views[1:]]
    days = np.array([(c.start - store.clips[0].start) / np.timedelta64(1, "D") for c in store.clips])
    error = np.array([s.std(ddof=1) / np.sqrt(len(s)) for s in spots])
    return days, np.array([s.mean() for s in spots]), error, np.array([change.argmax() for change in changes])


def main(out: Path) -> None:
    store = scene.store()
    days, spots, error, tips = measure(store)
    plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
    figure = plt.figure(figsize=(13, 6), layout="constrained", facecolor="white")
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1.4])
    axes = top.subplot_mosaic("abcd") | bottom.subplot_mosaic("eefg")
    for letter, i in zip("abcd", SHOWN, strict=True):
        frame = store[store.names[i]][20]
        axes[letter].imshow(frame.data)
        axes[letter].set_title(f"{str(frame.time)[:16].replace('T', ' ')} UTC", fontsize=11)
    detail = store[store.names[0]].get_frame_at(20, region=DETAIL)
    axes["e"].imshow(detail.data, interpolation="nearest")
    axes["e"].set_title("a region of one frame, enlarged", fontsize=11)
    for letter in "abcde":
        axes[letter].axis("off")
    axes["f"].errorbar(days, spots, error, fmt="o", color="tab:orange", capsize=3)
    axes["f"].set(xlabel="time / days", ylabel="variance / 10$^{-6}$ of full scale$^2$", title="Floc in the water")
    axes["f"].set_ylim(0, None)
    (slope, offset), covariance = np.polyfit(days[1:], -tips, 1, cov=True)
    axes["g"].errorbar(days[1:], -tips - offset, 1, fmt="o", color="tab:blue", capsize=3)
    label = f"{slope:.2f} ± {np.sqrt(covariance[0, 0]):.2f} pixels a day"
    axes["g"].plot(days, slope * days, color="0.6", label=label)
    axes["g"].set(xlabel="time / days", ylabel="growth / pixels", title="Something grows")
    axes["g"].legend(frameon=False)
    figure.savefig(out, dpi=110, pil_kwargs={"quality": 88})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "results.jpg")
