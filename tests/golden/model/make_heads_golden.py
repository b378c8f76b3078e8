"""Makes heads_golden: attention patterns of some layers, and the gradient of a logit difference at the output of blocks.

    python make_heads_golden.py --model FILE.gguf --out .
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

import reference

TEXT = "The cat sat on the mat. The cat sat on the"
LAYERS = [0, 7, 15, 29]
GRADIENT_TEXT = "The capital of Italy is"
GRADIENT_LAYERS = [0, 10, 20, 28]
ANSWER, WRONG = " Paris", " Rome"


def patterns(model, ids):
    """Shares of every head, [layers, H, T, T]."""
    with torch.inference_mode():
        attentions = model(torch.tensor([ids]), use_cache=False, output_attentions=True).attentions
    return torch.stack([attentions[layer][0] for layer in LAYERS])


def slopes(model, ids, answer, wrong):
    """d (logit of answer - logit of wrong) / d output of each block, [layers, T, D]."""
    kept = {}

    def keep(layer):
        def hook(module, args, output):
            hidden = reference.hidden_of(output)
            hidden.retain_grad()
            kept[layer] = hidden

        return hook

    handles = [model.model.layers[layer].register_forward_hook(keep(layer)) for layer in GRADIENT_LAYERS]
    with reference.hooks(*handles):
        logits = model(torch.tensor([ids]), use_cache=False).logits[0, -1]
    (logits[answer] - logits[wrong]).backward()
    return torch.stack([kept[layer].grad[0] for layer in GRADIENT_LAYERS])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    model, tokenizer = reference.load(arguments.model)
    ids, gradient_ids = tokenizer(TEXT).input_ids, tokenizer(GRADIENT_TEXT).input_ids
    answer, wrong = tokenizer(ANSWER).input_ids[0], tokenizer(WRONG).input_ids[0]
    arrays = {"pattern": patterns(model, ids), "slopes": slopes(model, gradient_ids, answer, wrong)}
    facts = {"text": TEXT, "ids": ids, "layers": LAYERS, "gradient_text": GRADIENT_TEXT, "gradient_ids": gradient_ids,
             "gradient_layers": GRADIENT_LAYERS, "answer": answer, "wrong": wrong}
    (arguments.out / "heads_golden.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    save_file({name: array.float().contiguous() for name, array in arrays.items()}, arguments.out / "heads_golden.safetensors")


if __name__ == "__main__":
    main()
