"""usage: docs/results.py [OUT.jpg]    make the figure of README.md

It draws the small archive of examples/scene.py, converts it, and reads everything that it shows from the
store, with the installed package: frames, a detail at full size, and two measurements. Needs matplotlib, xarray and
ffmpeg.
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
import scene  # noqa: E402

SHOWN = [0, 3, 6, 9]  # recordings
DETAIL = np.s_[120:300, 250:570]  # lines, columns
WATER = np.s_[0:180, 0:256]  # a region without rock


def small_spots(luma: xr.DataArray) -> np.ndarray:
    """Power of spots of 2 to 8 pixels in each frame, in 1e-6 of full scale squared."""
    water = luma.values[:, *WATER] / 65535
    power = abs(np.fft.fft2(water - water.mean(axis=(1, 2), keepdims=True))) ** 2 / water[0].size**2
    f = np.hypot(np.fft.fftfreq(water.shape[1])[:, None], np.fft.fftfreq(water.shape[2]))
    return 1e6 * (power * ((f > 1 / 8) & (f < 1 / 2))).sum(axis=(1, 2))


def chimney_top(luma: xr.DataArray) -> int:
    """The line at which the chimney ends: where the median of its middle columns becomes bright."""
    profile = np.median(luma.values[:, :, 315:346], axis=(0, 2))
    return int(np.argmax(profile > (np.median(profile[:60]) + np.median(profile[220:260])) / 2))


def measure(store: object) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Days since the first recording; mean and standard error of the small spots; height grown."""
    spots, tops = [], []
    for name in store.names:
        clip = xr.open_dataset(store.url, engine="camzarr", clip=name, chunks={})
        luma = clip.luma[3:45:8].compute()
        spots.append(small_spots(luma))
        tops.append(chimney_top(luma))
    days = np.array([(c.start - store.clips[0].start) / np.timedelta64(1, "D") for c in store.clips])
    error = np.array([s.std(ddof=1) / np.sqrt(len(s)) for s in spots])
    return days, np.array([s.mean() for s in spots]), error, tops[0] - np.array(tops)


def main(out: Path) -> None:
    store = scene.store(scene.DRAWN)
    days, spots, error, grown = measure(store)
    plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
    figure = plt.figure(figsize=(13, 6), layout="constrained", facecolor="white")
    top, bottom = figure.subfigures(2, 1, height_ratios=[1, 1.4])
    axes = top.subplot_mosaic("abcd") | bottom.subplot_mosaic("eefg")
    for letter, i in zip("abcd", SHOWN):
        frame = store[store.names[i]][20]
        axes[letter].imshow(frame.data)
        axes[letter].set_title(f"{str(frame.time)[:16].replace('T', ' ')} UTC", fontsize=11)
    detail = store[store.names[-1]].get_frame_at(20, region=DETAIL)
    axes["e"].imshow(detail.data, interpolation="nearest")
    axes["e"].set_title("a region of one frame, enlarged", fontsize=11)
    for letter in "abcde":
        axes[letter].axis("off")
    axes["f"].errorbar(days, spots, error, fmt="o", color="tab:orange", capsize=3)
    axes["f"].set(xlabel="days", ylabel="power of small spots (10$^{-6}$)", title="Particles in the water")
    axes["g"].plot(days, grown, "o", color="tab:blue")
    slope, offset = np.polyfit(days, grown, 1)
    axes["g"].plot(days, slope * days + offset, color="0.6", label=f"{slope:.2f} lines a day")
    axes["g"].set(xlabel="days", ylabel="lines grown", title="Height of the chimney")
    axes["g"].legend(frameon=False)
    figure.savefig(out, dpi=110, pil_kwargs={"quality": 88})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "results.jpg")
