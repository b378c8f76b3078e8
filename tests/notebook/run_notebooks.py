"""Exports a notebook of each kind with patchbay-cli, runs its cells, and checks that it fails where a number is wrong.

    python run_notebooks.py --cli PATH --model FILE.gguf
"""

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CAPITAL = {"text": "The capital of France is"}
ITALY = {"text": "The capital of Italy is"}
IDENTITY = {"text": "cat -> cat\n1135 -> 1135\nhello -> hello\n?"}

TEXTS = (Path(__file__).parents[2] / "resources/texts/plain.txt").read_text(encoding="utf-8").splitlines()[:20]

SPECS = {
    "lens": ("logit-lens", {"prompt": CAPITAL}),
    "lens of attn_out": ("logit-lens", {"prompt": CAPITAL, "site": "attn_out"}),
    "lens of a head": ("logit-lens", {"prompt": CAPITAL, "site": "head_out", "head": 4}),
    "patchscope": ("patchscope", {"source": CAPITAL, "target": IDENTITY, "sourceLayers": [5, 15, 25], "generateTokens": 4}),
    "patchscope, norm of the target": ("patchscope", {"source": CAPITAL, "target": IDENTITY, "sourceLayers": [10, 20],
                                                      "targetLayers": [3, 12], "map": "target-norm", "generateTokens": 0}),
    "patchscope of every token": ("patchscope", {"source": CAPITAL, "target": IDENTITY, "everyToken": True, "sourceLayers": [4, 20],
                                                 "words": [" France", " Paris"], "generateTokens": 0}),
    "patch": ("activation-patch", {"source": CAPITAL, "target": ITALY, "sourceLayer": 8, "targetLayer": 8, "sourceToken": 3,
                                   "targetToken": 3}),
    "grid": ("patch-grid", {"clean": CAPITAL, "corrupt": ITALY, "answer": " Paris", "wrong": " Rome", "layers": [0, 12, 24]}),
    "grid of resid_mid": ("patch-grid", {"clean": CAPITAL, "corrupt": ITALY, "answer": " Paris", "site": "resid_mid",
                                         "metric": "probability", "layers": [12]}),
    "grid of heads": ("patch-grid", {"clean": CAPITAL, "mode": "zero", "site": "head_out", "metric": "kl", "layers": [20, 23]}),
    "attention": ("attention", {"prompt": CAPITAL}),
    "attribution": ("attribution", {"prompt": CAPITAL, "answer": " Paris", "against": " London"}),
    "steering": ("steer", {"prompt": {"text": "I think that the film"}, "sampling": {"maxNewTokens": 8},
                           "setting": {"layers": [14, 15], "strength": 2, "keepNorm": True}}),
    "steered lens": ("logit-lens", {"prompt": CAPITAL, "steering": {"vectorName": "warm", "vectorHash": "x", "setting": {
        "layers": [12], "strength": 3, "tokens": "prompt"}}}),
    "patched lens": ("logit-lens", {"prompt": CAPITAL, "site": "mlp_out", "patches": [
        {"source": ITALY, "sourceToken": 3, "sourceLayer": 8, "token": 3, "layer": 8, "site": "resid_post"}]}),
    "growing lens": ("logit-lens", {"prompt": CAPITAL, "continueTokens": 4, "steering": {
        "vectorName": "warm", "vectorHash": "x", "setting": {"layers": [9], "strength": 1, "tokens": "generated"}}}),
    "tuned lens": ("logit-lens", {"prompt": CAPITAL, "translator": {"name": "tuned", "hash": "x"}}),
    "patchscope through a map": ("patchscope", {"source": CAPITAL, "target": IDENTITY, "sourceLayers": [5, 20], "targetLayers": [29],
                                                "map": "affine", "affine": {"name": "tuned", "hash": "x"}, "generateTokens": 0}),
    "patchscope into another model": ("patchscope", {"source": CAPITAL, "target": IDENTITY, "sourceLayers": [8, 16],
                                                     "targetModel": {"fingerprint": "x", "name": "other"}, "generateTokens": 2}),
    "patchscope of a mean": ("patchscope", {"source": CAPITAL, "target": IDENTITY, "sourceLayers": [10], "map": "mean",
                                            "generateTokens": 0}),
    "fit": ("fit-map", {"name": "fit", "layers": [6, 20], "texts": TEXTS}),
    "fit into another model": ("fit-map", {"name": "fit", "pairs": "same-depth", "layers": [6], "texts": TEXTS,
                                           "target": {"fingerprint": "x", "name": "other"}}),
    "fit by descent": ("fit-map", {"name": "descent", "method": "kl", "steps": 2, "layers": [6], "texts": TEXTS}),
    "estimated grid": ("patch-grid", {"clean": CAPITAL, "corrupt": ITALY, "answer": " Paris", "wrong": " Rome", "site": "mlp_out",
                                      "isApproximate": True, "layers": [4, 18]}),
    "estimated grid of heads": ("patch-grid", {"clean": CAPITAL, "corrupt": ITALY, "mode": "noise", "answer": " Paris", "wrong": " Rome",
                                               "metric": "probability", "site": "head_out", "isApproximate": True, "layers": [20]}),
    "paths into a head": ("patch-grid", {"clean": CAPITAL, "corrupt": ITALY, "answer": " Paris", "wrong": " Rome", "site": "mlp_out",
                                         "receiver": "L22.H4", "layers": [10, 20]}),
    "paths into an MLP": ("patch-grid", {"clean": CAPITAL, "corrupt": ITALY, "answer": " Paris", "wrong": " Rome", "site": "head_out",
                                         "receiver": "L21.mlp", "layers": [20, 21]}),
    "paths into two parts": ("patch-grid", {"clean": CAPITAL, "corrupt": ITALY, "answer": " Paris", "wrong": " Rome", "site": "mlp_out",
                                            "receiver": "L22.H4 + L24.mlp", "layers": [10, 22]}),
    "paths into the logits": ("patch-grid", {"clean": CAPITAL, "corrupt": ITALY, "mode": "noise", "answer": " Paris", "wrong": " Rome",
                                             "site": "head_out", "receiver": "logits", "layers": [20, 25]}),
    "growing attention": ("attention", {"prompt": CAPITAL, "layers": [3, 20], "continueTokens": 4}),
    "future lens with a learned prompt": ("logit-lens", {"prompt": {"text": "The capital of"}, "ahead": 1, "aheadPrompt": {
        "name": "mine", "hash": "x"}}),
    "future lens": ("logit-lens", {"prompt": {"text": "The capital of"}, "ahead": 2}),
    "patch on top": ("activation-patch", {"source": ITALY, "target": CAPITAL, "sourceLayer": 4, "targetLayer": 4, "sourceToken": 1,
                                          "targetToken": 1, "frozen": [{"source": ITALY, "sourceToken": 3, "sourceLayer": 10,
                                                                        "token": 3, "layer": 10, "site": "resid_post"}]}),
    "grid of means": ("patch-grid", {"clean": CAPITAL, "mode": "mean", "site": "head_out", "metric": "probability",
                                     "answer": " Paris", "layers": [20], "meanTexts": ["It rained all day", "He sold his old car"]}),
    "vector": ("make-vector", {"name": "warm", "positives": ["I love this", "Lovely"], "negatives": ["I hate this"], "read": "mean"}),
    "neurons": ("neurons", {"prompt": CAPITAL, "layer": 20, "count": 6}),
    "activations": ("explore", {"texts": ["I love this film", "What a day"], "others": ["I hate this film"], "site": "mlp_out"}),
    "list": ("patchscope-list", {"layers": [3], "generateTokens": 0, "onlyKnown": False, "list": {
        "title": "capitals", "target": "The capital of x is", "text": "The capital of {subject} is", "items": [
            {"source": "She comes from France", "subject": "France", "answers": ["Paris"]},
            {"source": "They flew to Japan", "subject": "Japan", "answers": ["Tokyo"]}]}}),
    "two steps": ("multi-hop", {"layers": [2, 5, 20], "generateTokens": 3, "onlyKnown": False, "list": {"items": [
        {"first": "The country whose capital is Paris", "second": "The currency of {bridge} is the", "bridge": ["France"],
         "answers": ["euro"]},
        {"first": "The country whose capital is Tokyo", "second": "The currency of {bridge} is the", "bridge": ["Japan"],
         "answers": ["yen"]}]}}),
    "growing activations": ("explore", {"prompt": CAPITAL, "continueTokens": 4}),
    "list in another model": ("patchscope-list", {"layers": [3], "generateTokens": 0, "onlyKnown": False, "list": {
        "title": "capitals", "target": "The capital of x is", "text": "The capital of {subject} is", "items": [
            {"source": "She comes from France", "subject": "France", "answers": ["Paris"]}]},
        "targetModel": {"fingerprint": "x", "name": "other"}}),
    "question": ("ask", {"prompt": {"text": "My cousin moved to Canada last year"}, "question": "Which country is named?",
                         "spans": [{"firstToken": 3, "lastToken": 5, "layer": 15}], "sampling": {"maxNewTokens": 6}}),
    "question at all layers": ("ask", {"prompt": {"text": "My cousin moved to Canada last year"}, "atAllLayers": True,
                                       "hasControls": False, "question": "Which country is named?",
                                       "spans": [{"firstToken": 4, "lastToken": 4, "layer": 15}],
                                       "sampling": {"maxNewTokens": 3}}),
    "text": ("generate", {"prompt": CAPITAL, "sampling": {"maxNewTokens": 8}}),
}


# What several notebooks need, made once.
KEEPER = tempfile.TemporaryDirectory()
KEPT = Path(KEEPER.name)


def export(cli, spec, folder):
    kind, request = spec
    source, target, vector = folder / "spec.json", folder / "run.ipynb", folder / "vector.safetensors"
    quietly = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    source.write_text(json.dumps({"kind": kind, "request": request}), encoding="utf-8")
    more = []
    if kind == "steer" or "steering" in request:
        subprocess.run([cli, "vector", "make", "--positive", "I love this", "--negative", "I hate this", "--out", str(vector)],
                       check=True, stdout=subprocess.DEVNULL)
        more = ["--vector", str(vector)]
    maps, lines = KEPT / "map.safetensors", folder / "texts.txt"
    lines.write_text("\n".join(TEXTS), encoding="utf-8")
    os.environ["PATCHBAY_MAP"] = str(maps)
    if request.get("method") == "kl":  # the notebook reads what the same descent came to
        descent = KEPT / "descent.safetensors"
        subprocess.run([cli, "map", "fit", "--method", "kl", "--steps", str(request["steps"]), "--layers", "6", "--text-file", str(lines),
                        "--out", str(descent)], **quietly)
        os.environ["PATCHBAY_MAP"] = str(descent)
    if "translator" in request or "affine" in request:
        if not maps.exists():
            subprocess.run([cli, "map", "fit", "--name", "tuned", "--text-file", str(lines), "--out", str(maps)], **quietly)
        more += ["--map", str(maps)]
    if "aheadPrompt" in request:
        learned = folder / "prompt.safetensors"
        subprocess.run([cli, "prompt", "learn", "--text-file", str(lines), "--layers", "10", "--steps", "2", "--batch", "2", "--out", str(learned)], **quietly)
        more += ["--soft-prompt", str(learned)]
    if "targetModel" in request or "target" in request and kind == "fit-map":
        more += ["--target-model", "default"]
    subprocess.run([cli, "run", str(source), "--notebook", str(target), *more], check=True, stdout=subprocess.DEVNULL)
    return json.loads(target.read_text(encoding="utf-8"))


def code_of(notebook):
    assert notebook["nbformat"] == 4 and notebook["cells"][0]["cell_type"] == "markdown"
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(cells, names):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        for cell in cells:
            exec(compile(cell, "cell", "exec"), names)
    return said.getvalue()


def spoil(value):
    """The first number found becomes another one; True when there was one."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        if isinstance(inner, (dict, list)):
            if spoil(inner):
                return True
        elif isinstance(inner, (int, float)) and not isinstance(inner, bool):
            value[key] = inner + 1
            return True
    return False


def of_adapted(arguments):
    """A lens of a model with an adapter; the decoder's folder is one. True when it repeats."""
    os.environ["PATCHBAY_MODEL"], os.environ["PATCHBAY_PLAIN_MODEL"] = arguments.decoder, arguments.model
    with tempfile.TemporaryDirectory() as folder:
        spec, target = Path(folder) / "spec.json", Path(folder) / "run.ipynb"
        spec.write_text(json.dumps({"kind": "logit-lens", "request": {"prompt": CAPITAL}}), encoding="utf-8")
        subprocess.run([arguments.cli, "run", str(spec), "--model", arguments.decoder, "--notebook", str(target)], check=True,
                       stdout=subprocess.DEVNULL)
        cells = code_of(json.loads(target.read_text(encoding="utf-8")))
    try:
        print(f"adapted model: {run(cells, {}).strip().splitlines()}")
        return True
    except Exception as failure:
        print(f"FAILED adapted model: {failure!r}")
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--decoder", required=True)
    arguments = parser.parse_args()
    os.environ["PATCHBAY_DECODER"] = arguments.decoder
    os.environ["PATCHBAY_MODEL"] = os.environ["PATCHBAY_DEFAULT_MODEL"] = arguments.model
    os.environ["PATCHBAY_TARGET_MODEL"] = arguments.model
    set_up, failures = None, 0
    for name, spec in SPECS.items():
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            given, prepared, repeated = code_of(export(arguments.cli, spec, Path(folder)))
        try:
            if set_up is None:  # the model is read once; the cell is the same in all
                names = {}
                run([given, prepared], names)
                set_up = (prepared, names)
            assert prepared == set_up[0]
            names = dict(set_up[1])
            # Functions of the second cell look names up where they were made.
            for key in ("GIVEN", "EXPECTED"):
                set_up[1].pop(key, None)
            run([given], names)
            set_up[1].update(GIVEN=names["GIVEN"], EXPECTED=names["EXPECTED"])
            said = run([repeated], names).strip().splitlines()
            print(f"{name}, {time.monotonic() - begun:.1f} s: {said}")
            assert spoil(names["EXPECTED"])
            try:
                run([repeated], names)
            except AssertionError:
                continue
            raise AssertionError("a wrong number was not noticed")
        except Exception as failure:  # every notebook is tried
            print(f"FAILED {name}: {failure!r}")
            failures += 1
    failures += not of_adapted(arguments)
    print(f"{len(SPECS) + 1 - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
