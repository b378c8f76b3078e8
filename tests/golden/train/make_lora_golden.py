"""Makes a small LoRA adapter with `peft` on the tiny model `grouped`, and what it computes and learns.

    python make_lora_golden.py --tiny tests/golden/tiny/grouped --out tests/golden/train

Needs torch, transformers, peft. README.md beside it says what is in the files.
"""

import argparse
import json
import random
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaForCausalLM

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
LENGTHS, ANSWERS = [9, 17, 5], [3, 1, 2]
STEPS = 3


def short(name):
    return name.replace("base_model.model.model.", "").replace(".default.weight", "")


def padded(sequences, fill):
    longest = max(len(s) for s in sequences)
    return torch.tensor([s + [fill] * (longest - len(s)) for s in sequences])


def loss_of(model, ids, answers):
    """Mean over sequences of the summed answer losses divided by the square root of the answer's length."""
    batch = padded(ids, 0)
    logits = model(batch, attention_mask=padded([[1] * len(s) for s in ids], 0), use_cache=False).logits
    total = 0.0
    for row, (sequence, answer) in enumerate(zip(ids, answers)):
        first = len(sequence) - answer
        steps = torch.log_softmax(logits[row, first - 1 : len(sequence) - 1], -1)
        total = total - steps[range(answer), sequence[first:]].sum() / answer**0.5
    return total / len(ids), logits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    torch.manual_seed(7)
    plain = LlamaForCausalLM.from_pretrained(arguments.tiny, attn_implementation="eager", dtype=torch.float32)
    model = get_peft_model(plain, LoraConfig(r=4, lora_alpha=6, lora_dropout=0.0, target_modules=TARGETS, task_type="CAUSAL_LM"))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_" in name:
                weight.normal_(0.0, 0.15)
    model.save_pretrained(arguments.out / "adapter")
    (arguments.out / "adapter" / "README.md").unlink(missing_ok=True)

    chance = random.Random(5)
    ids = [[chance.randrange(320) for _ in range(length)] for length in LENGTHS]
    loss, logits = loss_of(model, ids, ANSWERS)
    loss.backward()
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    arrays = {f"logits.{i}": logits[i, : len(s)].detach().contiguous() for i, s in enumerate(ids)}
    arrays |= {f"gradient.{short(n)}": p.grad.clone() for n, p in trained}

    # AdamW with the recipe's settings and clipping to norm 1, from here on.
    optimizer = torch.optim.AdamW([p for _, p in trained], lr=1e-2, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.01)
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss, _ = loss_of(model, ids, ANSWERS)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_([p for _, p in trained], 1.0).item())
        optimizer.step()
        losses.append(loss.item())
    losses.append(loss_of(model, ids, ANSWERS)[0].item())
    arrays |= {f"trained.{short(n)}": p.detach().clone() for n, p in trained}
    save_file(arrays, arguments.out / "lora_golden.safetensors")
    facts = {"sequences": ids, "answers": ANSWERS, "losses": losses, "norms": norms, "learning_rate": 1e-2}
    (arguments.out / "lora_golden.json").write_text(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
