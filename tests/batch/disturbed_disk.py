"""One batch on a disk that turns read-only, or is full, while a notebook waits, and another once it is well again.

`unshare --mount python disturbed_disk.py PARAMS FOLDER KIND`, where `FOLDER/build` becomes a file system of its own in a mount
namespace that nobody else sees; with KIND `forbidden` no file system is mounted, and its folders lose the permission to write
instead. The ledger of a disk that turns read-only lies on another: a file system with a file open for writing cannot turn.
What came of it is printed as JSON.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from without_root import heed_permissions

PROCESS = Path(__file__).with_name("batch_process.py")


def mount(*words):
    return subprocess.run(["mount", *words], check=False, capture_output=True, text=True)


def start(params, build):
    return subprocess.Popen(
        [sys.executable, str(PROCESS), params, str(build)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LNLIB_WORKERS": "1"},
        preexec_fn=heed_permissions,
    )


def disturb(build, kind):
    """Turn the disk read-only or fill it; return how to make it well again."""
    if kind == "full":
        filler = build / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (1 << 16, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass
        return filler.unlink
    if kind == "forbidden":
        folders = [build, *(path for path in build.rglob("*") if path.is_dir() and ".ledger" not in path.parts)]
        for path in folders:
            path.chmod(0o555)
        return lambda: [path.chmod(0o755) for path in folders if path.is_dir()]
    end = time.monotonic() + 60
    while (turned := mount("-o", "remount,ro", str(build))).returncode and time.monotonic() < end:
        time.sleep(0.05)
    assert not turned.returncode, turned.stderr
    return lambda: mount("-o", "remount,rw", str(build))


def tree(build):
    return {
        path.relative_to(build).as_posix(): path.read_bytes().hex()
        for path in sorted((build / "small").rglob("*"))
        if path.is_file() and not path.name.startswith("report.")
    }


def main():
    params, folder, kind = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    build = folder / "build"
    (folder / "ledger").mkdir(parents=True)
    build.mkdir()
    if kind != "forbidden":
        mounted = mount("-t", "tmpfs", "-o", "size=16m", "none", str(build))
        assert not mounted.returncode, mounted.stderr
    (build / ".ledger").mkdir()
    if kind == "read-only":
        assert not mount("--bind", str(folder / "ledger"), str(build / ".ledger")).returncode
    batch = start(params, build)
    while not (folder / "waits").exists():
        assert batch.poll() is None, batch.stderr.read()
        time.sleep(0.02)
    mend = disturb(build, kind)
    (folder / "goes on").touch()
    message = batch.communicate(timeout=120)[1]
    found = {"status": batch.returncode, "printed": message, "published": tree(build)}
    mend()
    again = start(params, build)
    found["printed again"] = again.communicate(timeout=120)[1]
    left = sorted(path.name for path in build.iterdir())
    hidden = [path.name for path in (build / "small").rglob(".*")]
    found |= {"status again": again.returncode, "made": tree(build), "left": left, "hidden": hidden}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
