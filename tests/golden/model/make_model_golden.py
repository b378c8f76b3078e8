"""Makes the golden files of the default model with `transformers` in float32. README.md beside it tells what each holds.

    python make_model_golden.py --model FILE.gguf --out tests/golden/model
"""

import argparse
import json
import random
from pathlib import Path

import torch
from safetensors.torch import save_file

import reference

HERE = Path(__file__).parent
IDENTITY = "cat -> cat\n1135 -> 1135\nhello -> hello\n?"
ENTITY = (
    "Syria: Country in the Middle East, Leonardo DiCaprio: American actor, Samsung: South Korean multinational major "
    "appliance and consumer electronics corporation, x"
)
SITE_LAYERS = [0, 14, 29]
VECTOR_PROMPTS = {"capital", "emoji", "code", "long"}  # the prompts whose residual vectors are kept


def ids_of(tokenizer, text):
    return tokenizer(text).input_ids


def cut(tokenizer, text, count):
    """The first `count` or a few more tokens of a text, such that the cut text gives the same tokens again."""
    ids = ids_of(tokenizer, text)
    for end in range(count, len(ids) + 1):
        piece = tokenizer.decode(ids[:end], clean_up_tokenization_spaces=False)
        if ids_of(tokenizer, piece) == ids[:end]:
            return piece, ids[:end]
    raise ValueError("no place to cut: " + text)


def logit_facts(logits, sampled):
    """A row of logits in little room: top 64, 256 fixed ids, log-sum-exp and mean."""
    top = logits.topk(64)
    facts = {"top_ids": top.indices.tolist(), "logsumexp": float(logits.double().logsumexp(-1)),
             "mean": float(logits.double().mean())}
    return facts, {"top_logits": top.values.contiguous(), "sampled_logits": logits[sampled].contiguous()}


def write(out, name, facts, arrays):
    (out / f"{name}.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if arrays:
        save_file({key: value.float().contiguous() for key, value in arrays.items()}, out / f"{name}.safetensors")


def prompt_texts(tokenizer, held):
    for row in json.loads((HERE / "prompts.json").read_text(encoding="utf-8")):
        if row.get("held_texts"):
            yield row["name"], *cut(tokenizer, " ".join(held), row["tokens"])
        else:
            yield row["name"], row["text"], ids_of(tokenizer, row["text"])


def make_prompts(model, tokenizer, held, sampled):
    rows, arrays = [], {}
    for name, text, ids in prompt_texts(tokenizer, held):
        states, logits = reference.residuals(model, ids)
        facts, kept = logit_facts(logits[-1], sampled)
        new, margins, _ = reference.greedy(model, ids, 16)
        row = {"name": name, "text": text, "ids": ids, **facts, "greedy_ids": new, "greedy_margins": margins,
               "greedy_text": tokenizer.decode(new)}
        arrays |= {f"{name}.{key}": value for key, value in kept.items()}
        arrays[f"{name}.resid_post_norms"] = states.norm(dim=-1)
        if name in VECTOR_PROMPTS:
            row["vector_tokens"] = [0, len(ids) // 2, len(ids) - 1]
            arrays[f"{name}.resid_post"] = states[:, row["vector_tokens"]]
        rows.append(row)
        print(f"{name:10} {len(ids):4} tokens, least margin {min(margins):.4f}: {row['greedy_text']!r}")
    return {"sampled_ids": sampled.tolist(), "prompts": rows}, arrays


def make_sites(model, tokenizer):
    text = "The old clock struck twelve."
    ids = ids_of(tokenizer, text)
    assert len(ids) == 6, ids
    return {"text": text, "ids": ids, "layers": SITE_LAYERS}, reference.sites(model, ids, SITE_LAYERS)


def make_lens(model, tokenizer):
    text = "The capital of France is"
    ids = ids_of(tokenizer, text)
    states, _ = reference.residuals(model, ids)
    top = reference.lens_logits(model, states).softmax(-1).topk(5)
    return {"text": text, "ids": ids, "top_ids": top.indices.tolist()}, {"top_p": top.values}


def make_held(model, tokenizer, held):
    """Precision@1 by layer of the logit lens and of token identity, on texts cut at 12 to 60 tokens."""
    layers, target = model.config.num_hidden_layers, ids_of(tokenizer, IDENTITY)
    chance, rows = random.Random(7), []
    right_lens, right_identity = torch.zeros(layers), torch.zeros(layers)
    for text in held:
        length = len(ids_of(tokenizer, text))
        piece, ids = cut(tokenizer, text, chance.randint(12, min(60, length)))
        states, logits = reference.residuals(model, ids)
        final = int(logits[-1].argmax())
        lens = reference.lens_logits(model, states[:, -1]).argmax(-1)
        identity = identity_column(model, target, states[:, -1])
        right_lens += (lens == final).float()
        right_identity += (identity == final).float()
        rows.append({"text": piece, "ids": ids, "final": final, "lens": lens.tolist(), "identity": identity.tolist()})
    precision = {"lens": (right_lens / len(held)).tolist(), "identity": (right_identity / len(held)).tolist()}
    gap = (right_identity - right_lens)[16:29].mean() / len(held)
    print(f"token identity above the logit lens over layers 16 to 28 by {gap:.3f}")
    return {"target": IDENTITY, "target_ids": target, "precision_at_1": precision, "gap_16_to_28": float(gap),
            "texts": rows}, {}


def identity_column(model, target, states):
    """Best next token when states [L, D] are written at the same layer into the last token of the target: row l, layer l."""

    def writer(layer):
        def hook(module, args, output):
            hidden = reference.hidden_of(output).clone()
            hidden[layer, -1] = states[layer]
            return (hidden, *output[1:]) if isinstance(output, tuple) else hidden

        return hook

    handles = [block.register_forward_hook(writer(number)) for number, block in enumerate(model.model.layers)]
    with reference.hooks(*handles):
        logits = model(torch.tensor([target] * len(handles)), use_cache=False, logits_to_keep=1).logits[:, -1]
    return logits.argmax(-1)


def make_steering(model, tokenizer, sampled):
    layer, positive, negative = 14, "I am so happy and glad today", "I am so sad and tired today"
    prompt = "When I walked into the room, I felt"
    last = [reference.residuals(model, ids_of(tokenizer, text))[0][layer, -1] for text in (positive, negative)]
    vector, ids = last[0] - last[1], ids_of(tokenizer, prompt)
    facts = {"layer": layer, "positive": positive, "negative": negative, "prompt": prompt, "prompt_ids": ids, "runs": []}
    arrays = {"vector": vector}
    for name, strength, keep_norm in [("plain", 0, False), ("one", 1, False), ("four", 4, False), ("four_kept", 4, True)]:
        with reference.hooks(reference.add_everywhere(model, layer, vector, strength, keep_norm)):
            new, margins, first = reference.greedy(model, ids, 16)
        row, kept = logit_facts(first, sampled)
        facts["runs"].append({"name": name, "strength": strength, "keep_norm": keep_norm, "greedy_ids": new,
                              "greedy_margins": margins, "greedy_text": tokenizer.decode(new), **row})
        arrays |= {f"{name}.{key}": value for key, value in kept.items()}
        print(f"steered {name}: {tokenizer.decode(new)!r}")
    return facts, arrays


def make_patchscopes(model, tokenizer, sampled):
    cases = [
        ("identity", "The Eiffel Tower is located in the city of", -1, 22, IDENTITY, 22),
        ("entity", "The Great Wall of China", -1, 4, ENTITY, 4),
        ("across", "The Eiffel Tower is located in the city of", -1, 18, IDENTITY, 10),
    ]
    facts, arrays = [], {}
    for name, source, token, layer, target, target_layer in cases:
        source_ids, target_ids = ids_of(tokenizer, source), ids_of(tokenizer, target)
        state = reference.residuals(model, source_ids)[0][layer, token]
        with reference.hooks(reference.write_in_prefill(model, target_layer, len(target_ids) - 1, state)):
            new, margins, first = reference.greedy(model, target_ids, 10)
        row, kept = logit_facts(first, sampled)
        facts.append({"name": name, "source": source, "source_ids": source_ids, "source_token": token % len(source_ids),
                      "source_layer": layer, "target": target, "target_ids": target_ids,
                      "target_token": len(target_ids) - 1, "target_layer": target_layer, "greedy_ids": new,
                      "greedy_margins": margins, "greedy_text": tokenizer.decode(new), **row})
        arrays |= {f"{name}.{key}": value for key, value in kept.items()}
        print(f"patchscope {name}: {tokenizer.decode(new)!r}")
    return {"cases": facts}, arrays


def make_patch(model, tokenizer, sampled):
    """The state of one cell of a clean run written into the same cell of a corrupted run."""
    clean = "The young doctor from Japan said that she now usually speaks to her patients in"
    corrupt = clean.replace("Japan", "France")
    clean_ids, corrupt_ids = ids_of(tokenizer, clean), ids_of(tokenizer, corrupt)
    token = next(i for i, (a, b) in enumerate(zip(clean_ids, corrupt_ids)) if a != b)
    layer = 8
    state = reference.residuals(model, clean_ids)[0][layer, token]
    with reference.hooks(reference.write_in_prefill(model, layer, token, state)):
        patched = reference.residuals(model, corrupt_ids)[1][-1]
    plain = reference.residuals(model, corrupt_ids)[1][-1]
    facts = {"clean": clean, "clean_ids": clean_ids, "corrupt": corrupt, "corrupt_ids": corrupt_ids, "token": token,
             "layer": layer}
    facts["patched"], kept = logit_facts(patched, sampled)
    facts["plain"], kept_plain = logit_facts(plain, sampled)
    arrays = {f"patched.{k}": v for k, v in kept.items()} | {f"plain.{k}": v for k, v in kept_plain.items()}
    return facts, arrays


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="the default model, a GGUF file")
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    model, tokenizer = reference.load(arguments.model)
    held = json.loads((HERE / "held_texts.json").read_text(encoding="utf-8"))
    sampled = torch.tensor(sorted(random.Random(11).sample(range(model.config.vocab_size), 256)))
    with torch.inference_mode():
        write(arguments.out, "prompts_golden", *make_prompts(model, tokenizer, held, sampled))
        write(arguments.out, "sites_golden", *make_sites(model, tokenizer))
        write(arguments.out, "lens_golden", *make_lens(model, tokenizer))
        write(arguments.out, "held_golden", *make_held(model, tokenizer, held))
        write(arguments.out, "steering_golden", *make_steering(model, tokenizer, sampled))
        write(arguments.out, "patchscope_golden", *make_patchscopes(model, tokenizer, sampled))
        write(arguments.out, "patch_golden", *make_patch(model, tokenizer, sampled))


if __name__ == "__main__":
    main()
