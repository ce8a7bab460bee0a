"""How long each command takes to end after one Ctrl-C, at moments spread over its whole run.

    python tests/benchmarks/interrupting.py [COMMAND ...] [--moments N]

Each command is run once to its end, then interrupted after 1/(N+1), 2/(N+1), ... of that time; one
that does not end, of 6 s. `fetch` asks a proxy that never answers; `train-reader` needs MNIST in
$MNISTKIT_DATA, and `web` onnxruntime-web in $ONNXRUNTIME_WEB. It prints the longest time to the
end in seconds, and the moment; and it ends with 1 where one took more than a second, with another
exit code than 130, with a traceback, or could not be run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store

MOST_SECONDS = 1.0
INTERRUPTED, BUSY = 130, 120
TRAIN = "train --dataset mnist-sample --architecture tiny"
WEB = Path(os.environ.get("ONNXRUNTIME_WEB", "node_modules/onnxruntime-web/dist")).absolute()
# An untrained classifier, made without mnistkit.
OWN = (
    "import keras; layers = keras.layers; keras.Sequential([keras.Input((28, 28)), "
    "layers.Flatten(), layers.Dense(10, 'softmax')]).save('own.keras')"
)
COMMANDS = {
    "train": f"{TRAIN} --epochs 3 --output made",
    "resume": "train --resume begun --epochs 4",
    "tune": f"{TRAIN.replace('train', 'tune')} --epochs 1 --trials 3 --output made",
    "ensemble": "ensemble one two --output made",
    "evaluate": "evaluate --model one",
    "evaluate, Keras": "evaluate --model one/model.keras",
    "export": "export one --output made.onnx",
    "onnx-int8": "export one --exporter onnx-int8 --output made.onnx",
    "litert": "export one --exporter litert --output made.tflite",
    "micro": "export one --exporter micro --output made",
    "openvino": "export one --exporter openvino --output made",
    "saved-model": "export one --exporter saved-model --output made",
    "web": "export one --exporter web --output made --option runtime=web-runtime",
    "import": "import own.keras --pixels 0-1 --ink bright --fit none --output made",
    "predict": "predict pictures --model bundled",
    "predict, Ray": "predict pictures --model bundled --ray local --output made",
    "read": "read pages",
    "explain": "explain example:seven --model one --plot made.png",
    "benchmark": "benchmark one",
    "summary": "summary one",
    "train-reader": "train-reader --output made --steps 30 --pages 1",
    "train-reader, 2 workers": "train-reader --output made --steps 30 --pages 1 --workers 2",
    "serve": "serve --port 0 --model one",
    "serve, 2 workers": "serve --port 0 --model one --workers 2",
    "fetch": "datasets fetch mnist --data-dir .",
}
# These don't end by themselves.
ENDLESS = ("serve", "serve, 2 workers", "fetch")
WATCHED_SECONDS = 6.0


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("commands", nargs="*", choices=[*COMMANDS, []])
    parser.add_argument("--moments", type=int, default=5)
    asked = parser.parse_args()
    # A shell starts what runs in its background with Ctrl-C ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    good = True
    # It listens, and never accepts.
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as silent:
        folder = Path(name)
        os.environ["https_proxy"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        make_material(folder)
        for command in asked.commands or COMMANDS:
            good &= measure(folder, command, asked.moments)
    sys.exit(not good)


def make_material(folder: Path) -> None:
    """Make runs, pictures and pages."""
    for run in ("one", "two", "begun"):
        words = f"{TRAIN} --epochs 2 --schedule constant --ema 0 --seed {len(run)} --output {run}"
        start(folder, words).communicate(timeout=BUSY)
    subprocess.run([sys.executable, "-c", OWN], cwd=folder, check=True, capture_output=True)
    for place in ("pictures", "pages"):
        (folder / place).mkdir()
    for number, image in enumerate(load_split("mnist-sample", "train", Store()).images):
        Image.fromarray(image).save(folder / "pictures" / f"{number:05}.png")
    for number in range(20):
        page = Image.new("L", (800, 600), 255)
        page.paste(Image.fromarray(255 - image).resize((60, 60)), (90, 90))
        page.save(folder / "pages" / f"{number}.png")


def measure(folder: Path, command: str, moments: int) -> bool:
    """Interrupt a command at some moments; print the longest time, return whether all is well."""
    whole = WATCHED_SECONDS
    if command not in ENDLESS:
        began = time.perf_counter()
        process = start(prepared(folder), COMMANDS[command])
        _, told = process.communicate(timeout=BUSY)
        whole = time.perf_counter() - began
        if process.returncode:
            print(f"{command}: did not run ({told.splitlines()[-1]})", flush=True)
            return False
    longest, flaws = (0.0, 0.0), []
    for number in range(1, moments + 1):
        at = whole * number / (moments + 1)
        took, flaw = interrupted(prepared(folder), command, at)
        longest = max(longest, (took, at))
        flaws += [flaw] if flaw else []
    print(
        f"{command}: {longest[0]:.2f} s, after {longest[1]:.1f} of {whole:.1f} s",
        *flaws,
        sep="\n  ",
        flush=True,
    )
    return longest[0] <= MOST_SECONDS and not flaws


def prepared(folder: Path) -> Path:
    """Return a new working folder with the material."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for name in ("one", "two", "begun"):
        shutil.copytree(folder / name, work / name)
    for name in ("pictures", "pages", "own.keras"):
        (work / name).symlink_to(folder / name)
    (work / "web-runtime").symlink_to(WEB)
    return work


def start(work: Path, words: str) -> subprocess.Popen[str]:
    """Start a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "mnistkit", *words.split()],
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupted(work: Path, command: str, seconds: float) -> tuple[float, str]:
    """Interrupt a command; return how long it took to end, and what is wrong."""
    with start(work, COMMANDS[command]) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        began = time.perf_counter()
        _, told = process.communicate(timeout=BUSY)
        took = time.perf_counter() - began
    if "Traceback" in told:
        return took, f"a traceback after {seconds:.1f} s"
    done = () if command in ENDLESS else (0,)
    if process.returncode not in (*done, INTERRUPTED):
        return took, f"exit code {process.returncode} after {seconds:.1f} s"
    return took, ""


if __name__ == "__main__":
    main()
