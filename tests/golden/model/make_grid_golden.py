"""Makes grid_golden: patching and knock-out grids of the default model, one edit a row of a plain batched pass.

    python make_grid_golden.py --model FILE.gguf --out .
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

import reference

CLEAN = "The young doctor from Japan said that she now usually speaks to her patients in"
CORRUPT = CLEAN.replace("Japan", "France")
ANSWER, WRONG = " Japanese", " French"


def module_of(model, site, layer):
    block = model.model.layers[layer]
    return {"resid_post": block, "attn_out": block.self_attn, "mlp_out": block.mlp}[site]


def values_of(model, ids, site):
    """Output of a module of every block: [L, T, D]."""
    seen = []
    handles = [
        module_of(model, site, layer).register_forward_hook(
            lambda m, i, o: seen.append(reference.hidden_of(o)[0].clone()))
        for layer in range(model.config.num_hidden_layers)
    ]
    with reference.hooks(*handles):
        model(torch.tensor([ids]), use_cache=False)
    return torch.stack(seen)


def scores(logits, clean, answer, wrong):
    """Logit difference, p of the answer and KL(clean || row) in bits of last-token logits [B, V]."""
    own, row = clean.double().log_softmax(-1), logits.double().log_softmax(-1)
    kl = (own.exp() * (own - row)).sum(-1) / torch.tensor(2.0).log()
    return logits[:, answer] - logits[:, wrong], row[:, answer].exp(), kl


def patched_rows(model, ids, site, layer, written):
    """Row t of the batch: the module's output at token t becomes written[t]. Last-token logits [T, V]."""

    def hook(module, args, output):
        hidden = reference.hidden_of(output).clone()
        for token in range(len(ids)):
            hidden[token, token] = written[token]
        return (hidden, *output[1:]) if isinstance(output, tuple) else hidden

    with reference.hooks(module_of(model, site, layer).register_forward_hook(hook)):
        return model(torch.tensor([ids] * len(ids)), use_cache=False).logits[:, -1]


def headless_rows(model, ids, layer, all_tokens):
    """Row h of the batch: head h reads nothing, at the last token or at all. Last-token logits [H, V]."""
    heads = model.config.num_attention_heads
    width = model.config.hidden_size // heads

    def hook(module, args):
        z = args[0].clone()
        for head in range(heads):
            z[head, 0 if all_tokens else -1 :, head * width : (head + 1) * width] = 0
        return (z,)

    with reference.hooks(model.model.layers[layer].self_attn.o_proj.register_forward_pre_hook(hook)):
        return model(torch.tensor([ids] * heads), use_cache=False).logits[:, -1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    model, tokenizer = reference.load(arguments.model)
    clean, corrupt = tokenizer(CLEAN).input_ids, tokenizer(CORRUPT).input_ids
    answer, wrong = tokenizer(ANSWER).input_ids[0], tokenizer(WRONG).input_ids[0]
    layers, arrays = range(model.config.num_hidden_layers), {}
    with torch.inference_mode():
        clean_logits = model(torch.tensor([clean]), use_cache=False).logits[:, -1]
        corrupt_logits = model(torch.tensor([corrupt]), use_cache=False).logits[:, -1]

        def keep(name, rows):
            columns = [scores(logits, clean_logits, answer, wrong) for logits in rows]
            for i, metric in enumerate(["logit-difference", "probability", "kl"]):
                arrays[f"{name}.{metric}"] = torch.stack([column[i] for column in columns]).float().contiguous()

        for mode, base, source in [("denoise", corrupt, clean), ("noise", clean, corrupt)]:
            for site in ["resid_post", "attn_out", "mlp_out"]:
                values = values_of(model, source, site)
                keep(f"{mode}.{site}", [patched_rows(model, base, site, layer, values[layer]) for layer in layers])
        for site in ["attn_out", "mlp_out"]:
            keep(f"zero.{site}", [patched_rows(model, clean, site, layer, torch.zeros(len(clean), model.config.hidden_size))
                                  for layer in layers])
        keep("zero.head_out", [headless_rows(model, clean, layer, False) for layer in layers])
        keep("zero.head_out_all", [headless_rows(model, clean, layer, True) for layer in layers])
        ends = {metric: [float(scores(logits, clean_logits, answer, wrong)[i][0]) for logits in (clean_logits, corrupt_logits)]
                for i, metric in enumerate(["logit-difference", "probability", "kl"])}
    facts = {"clean": CLEAN, "corrupt": CORRUPT, "answer": ANSWER, "wrong": WRONG, "clean_ids": clean,
             "corrupt_ids": corrupt, "ends": ends}
    (arguments.out / "grid_golden.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    save_file(arrays, arguments.out / "grid_golden.safetensors")


if __name__ == "__main__":
    main()
