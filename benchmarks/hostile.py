"""Score hostile documents among good ones, and see that every good one is parsed and every bad one named.

    python -m benchmarks.hostile --bad 1000 --good 200

Bad ones are of twenty kinds: bombs in ZIP and gzip, archives cut off or with flipped bytes, names that
leave the archive, links, endless and nested markup, binary, blanks, lines of 200 MB, broken JSON.  Exit
status 1 where a good document is lost, or a bad one has no row, or one without a reason.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.archive import page
from training.synthesis.corpus import Corpus

Maker = Callable[[random.Random, bytes], bytes]


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _tar(*members: tarfile.TarInfo) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return packed.getvalue()


def _link(rng: random.Random, kind: bytes) -> bytes:
    member = tarfile.TarInfo(f"link-{rng.random()}")
    member.type, member.linkname = kind, "/etc/passwd"
    return _tar(member)


def _flipped(rng: random.Random, data: bytes) -> bytes:
    damaged = bytearray(data)
    for _ in range(20):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _salt(rng: random.Random) -> bytes:
    return f"{rng.random()}".encode()


#: Suffix -> how one is made, from a source of chance and a good page.
KINDS: dict[str, Maker] = {
    "bomb.zip": lambda r, p: _zip({"a.html": b"\0" * (100 << 20) + _salt(r)}),
    "bomb.html.gz": lambda r, p: gzip.compress(b" " * (200 << 20) + _salt(r), 1),
    "nested.zip": lambda r, p: _zip({"a.zip": _zip({"b.zip": _zip({"c.zip": _zip({"d.html": p})})})}),
    "escaping.zip": lambda r, p: _zip({f"../../{r.random()}.html": p}),
    "absolute.zip": lambda r, p: _zip({f"/etc/{r.random()}.html": p}),
    "cut.zip": lambda r, p: _zip({"a.html": p + _salt(r)})[:-r.randint(30, 400)],
    "flipped.zip": lambda r, p: _flipped(r, _zip({"a.html": p})),
    "cut.html.gz": lambda r, p: gzip.compress(p + _salt(r))[: r.randint(20, 900)],
    "symlink.tar": lambda r, p: _link(r, tarfile.SYMTYPE),
    "hardlink.tar": lambda r, p: _link(r, tarfile.LNKTYPE),
    "device.tar": lambda r, p: _link(r, tarfile.CHRTYPE),
    "deep.html": lambda r, p: b"<div>" * r.randint(100_000, 1_000_000) + p,
    "endless.html": lambda r, p: b"<table><tr><td>" * r.randint(20_000, 300_000) + _salt(r),
    "entities.html": lambda r, p: b"&amp;" * r.randint(100_000, 2_000_000) + _salt(r),
    "attributes.html": lambda r, p: b"<p " + b"a=b " * r.randint(100_000, 1_000_000) + b">",
    "binary.bin": lambda r, p: r.randbytes(r.randint(1_000, 200_000)),
    "blank.txt": lambda r, p: b" \n\t" * r.randint(1, 1_000),
    "line.jsonl": lambda r, p: b'{"html": "' + b"a" * (200 << 20) + _salt(r) + b'"}\n',
    "broken.jsonl": lambda r, p: b'{"html": "' + _salt(r) + b"\n\xff\xfe{]\n",
    "raw.zlib": lambda r, p: zlib.compress(p + _salt(r)),
}  # fmt: skip
#: Kinds whose making takes hundreds of MB: a few of them are enough.
_RARE = {"bomb.zip": 10, "bomb.html.gz": 10, "line.jsonl": 3}
#: Kinds that may be read all the same, whole or in part: a good page is in them.
_MAY_BE_READ = frozenset({"deep.html", "cut.zip", "flipped.zip", "cut.html.gz"})


def write(folder: Path, bad: int, good: int) -> None:
    """Write `good` reports and `bad` hostile files, by turns of their names."""
    corpus = Corpus.without_data()
    rng = random.Random(1)
    for number in range(good):
        (folder / f"{number:05}-good.html").write_bytes(page(number, corpus, report=True))
    made = Counter[str]()
    kinds = list(KINDS)
    number = 0
    while made.total() < bad:
        kind = kinds[number % len(kinds)]
        number += 1
        if made[kind] >= _RARE.get(kind, bad):
            continue
        made[kind] += 1
        data = KINDS[kind](rng, page(number, corpus, report=True))
        (folder / f"{number:05}-{kind}").write_bytes(data)


def judge(folder: Path, out: Path) -> list[str]:
    """Return what is wrong with the dataset of `folder`."""
    table = pq.read_table(out / "documents" / "part-0.parquet")
    rows: dict[str, list[tuple[str, str]]] = {}
    for source, status, reason in zip(
        *(table[name].to_pylist() for name in ("source", "status", "reason")), strict=True
    ):
        rows.setdefault(Path(source).name, []).append((status, reason))
    wrong = []
    reasons = Counter[str]()
    for path in sorted(folder.iterdir()):
        kind = path.name.partition("-")[2]
        found = rows.get(path.name, [])
        reasons.update(f"{kind}: {status} {reason}" for status, reason in found)
        if kind == "good.html":
            if found != [("parsed", "")]:
                wrong.append(f"{path.name}: {found}")
        elif not found or not all(reason or kind in _MAY_BE_READ for _, reason in found):
            wrong.append(f"{path.name}: {found[:3]}")
    for line, count in sorted(reasons.items()):
        print(f"{count:6}  {line}")
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--bad", type=int, default=1000)
    parser.add_argument("--good", type=int, default=200)
    parser.add_argument("--timeout", type=float, default=60.0)
    parser.add_argument("--work", type=Path, default=Path("runs/hostile"))
    given = parser.parse_args(arguments)
    folder, out = given.work / "pages", given.work / "out"
    shutil.rmtree(given.work, ignore_errors=True)
    folder.mkdir(parents=True)
    write(folder, given.bad, given.good)
    command = [sys.executable, "-m", "nianbao", "batch", str(folder), "-q", "-o", str(out)]
    began = time.monotonic()
    subprocess.run([*command, "--timeout", str(given.timeout)], check=True)
    print(f"{time.monotonic() - began:.0f} s")
    wrong = judge(folder, out)
    print(json.dumps({"wrong": wrong}, ensure_ascii=False, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
