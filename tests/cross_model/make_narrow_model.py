"""Makes a narrower model of the default one: its residual stream cut to the directions that hold most of it.

    python make_narrow_model.py --model FILE.gguf --width 560 --texts plain.txt --out FOLDER

The way of SliceGPT (Ashkboos et al. 2024), with one rotation for all blocks: norm weights are folded into what reads the
stream, the stream is rotated onto the principal components of its normed states, and the last ones are cut off. It is
another model: it has another width, an unembedding of its own, heads that are wider than width / heads, and it answers
worse. Written as a Hugging Face folder in bfloat16.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer


def principal_directions(model, tokenizer, texts):
    """Directions [D, D] of the stream, most important first, from normed states of every block."""
    width = model.config.hidden_size
    sums = torch.zeros(width, width, dtype=torch.float64)
    for text in texts:
        ids = tokenizer(text, return_tensors="pt").input_ids
        states = model(ids, output_hidden_states=True, use_cache=False).hidden_states[:-1]
        for state in states:
            x = state[0, 1:].double()  # first tokens are attention sinks
            x = x / x.square().mean(-1, keepdim=True).sqrt()
            sums += x.T @ x
    return torch.linalg.eigh(sums)[1].flip(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--width", type=int, default=560)
    parser.add_argument("--texts", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    where = dict(pretrained_model_name_or_path=str(arguments.model.parent), gguf_file=arguments.model.name)
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(**where)
    texts = [line for line in arguments.texts.read_text(encoding="utf-8").splitlines() if line][:12]
    keep = principal_directions(model, tokenizer, texts)[:, : arguments.width].float()  # [D, d]
    config = model.config
    # The mean square of fewer channels is larger by this much; all norms but this are folded away.
    norm = torch.full((arguments.width,), (arguments.width / config.hidden_size) ** 0.5)
    tensors = {"model.embed_tokens.weight": model.model.embed_tokens.weight @ keep,
               "lm_head.weight": (model.lm_head.weight * model.model.norm.weight) @ keep,
               "model.norm.weight": norm}
    for layer, block in enumerate(model.model.layers):
        name = f"model.layers.{layer}."
        for part, before in (("self_attn.q_proj", block.input_layernorm), ("self_attn.k_proj", block.input_layernorm),
                             ("self_attn.v_proj", block.input_layernorm), ("mlp.gate_proj", block.post_attention_layernorm),
                             ("mlp.up_proj", block.post_attention_layernorm)):
            tensors[f"{name}{part}.weight"] = (block.get_submodule(part).weight * before.weight) @ keep
        for part in ("self_attn.o_proj", "mlp.down_proj"):
            tensors[f"{name}{part}.weight"] = keep.T @ block.get_submodule(part).weight
        tensors[name + "input_layernorm.weight"] = norm
        tensors[name + "post_attention_layernorm.weight"] = norm
    arguments.out.mkdir(parents=True, exist_ok=True)
    save_file({name: value.to(torch.bfloat16).contiguous().clone() for name, value in tensors.items()},
              str(arguments.out / "model.safetensors"), metadata={"format": "pt"})
    narrow = config.to_dict()
    narrow.update(hidden_size=arguments.width, head_dim=config.hidden_size // config.num_attention_heads,
                  tie_word_embeddings=False, architectures=["LlamaForCausalLM"], torch_dtype="bfloat16")
    narrow.pop("dtype", None)
    narrow.pop("quantization_config", None)
    (arguments.out / "config.json").write_text(json.dumps(narrow, indent=1), encoding="utf-8")
    tokenizer.save_pretrained(str(arguments.out))
    print(arguments.out)


if __name__ == "__main__":
    main()
