"""Patches states of the default model into a narrower one through a fitted map, and holds the answers against the controls.

    python cross_width.py --cli PATH --model FILE.gguf --texts plain.txt

The map is fitted on plain texts; the lists of facts it is judged by were not among them. It must bring the answer clearly
more often than a random direction of the same norm, and than the state of an unrelated item.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

LISTS = ("country-capital", "country-currency", "country-language")
LAYERS = "2,4"
FIT_TEXTS = 80
LEAST_ITEMS, LEAST_GAIN = 10, 0.3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--texts", required=True, type=Path)
    arguments = parser.parse_args()

    def cli(*options):
        command = [arguments.cli, *options, "--model", arguments.model]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)

    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        narrow, fitted, few = Path(folder) / "narrow", Path(folder) / "map.safetensors", Path(folder) / "texts.txt"
        lines = [line for line in arguments.texts.read_text(encoding="utf-8").splitlines() if line]
        few.write_text("\n".join(lines[:FIT_TEXTS]), encoding="utf-8")
        subprocess.run([sys.executable, str(Path(__file__).parent / "make_narrow_model.py"), "--model", arguments.model,
                        "--texts", str(arguments.texts), "--out", str(narrow)], check=True, stdout=subprocess.DEVNULL)
        width = json.loads((narrow / "config.json").read_text(encoding="utf-8"))["hidden_size"]
        fit = cli("map", "fit", "--target-model", str(narrow), "--pairs", "same-depth", "--layers", LAYERS, "--text-file", str(few),
                  "--out", str(fitted))
        print(f"map into a model of width {width}: held-out R2 {[round(r2, 3) for r2 in fit['held_out_r2']]}")
        for name in LISTS:
            found = cli("patchscope-list", "--list", name, "--layers", LAYERS, "--generate", "5", "--target-model", str(narrow),
                        "--map", str(fitted))
            arms = {arm: max(curve) for arm, curve in found["contains"].items()}
            print(f"{name}: {len(found['items'])} items, " + ", ".join(f"{arm} {share:.2f}" for arm, share in arms.items()))
            if len(found["items"]) < LEAST_ITEMS or arms["patched"] < max(arms["random"], arms["unrelated"]) + LEAST_GAIN:
                print(f"FAILED {name}")
                failures += 1
    print(f"{len(LISTS) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
