"""The reference implementation the goldens come from: `transformers` in float32, watched and edited by hooks on its modules."""

import contextlib
from pathlib import Path

import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb


def load(model_file):
    """The model in float32 with eager attention, and its tokenizer with the digit rule that the GGUF reader loses."""
    torch.set_num_threads(2)
    path = Path(model_file)
    model = AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    return model, tokenizer


def hidden_of(output):
    return output[0] if isinstance(output, tuple) else output


@contextlib.contextmanager
def hooks(*handles):
    """Removes the hooks whatever happens."""
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def residuals(model, ids):
    """Output of every block, before the final norm, and all logits: [L, T, D], [T, V]."""
    seen = []
    handles = [
        layer.register_forward_hook(lambda m, i, o: seen.append(hidden_of(o)[0].clone())) for layer in model.model.layers
    ]
    with hooks(*handles):
        logits = model(torch.tensor([ids]), use_cache=False).logits[0]
    return torch.stack(seen), logits


def sites(model, ids, layers):
    """Every hook site of the given blocks, named as in the program; per-head arrays are [heads, T, width]."""
    inner, out, handles = model.model, {}, []
    heads, kv_heads = model.config.num_attention_heads, model.config.num_key_value_heads
    rotary = {}

    def keep(name, value):
        out[name] = value[0].detach().clone().contiguous()

    def split(value, count):  # [1, T, H*K] -> [1, H, T, K]
        return value.view(1, value.shape[1], count, -1).transpose(1, 2)

    handles.append(inner.embed_tokens.register_forward_hook(lambda m, i, o: keep("embed", o)))
    handles.append(inner.rotary_emb.register_forward_hook(lambda m, i, o: rotary.update(cos=o[0], sin=o[1])))
    handles.append(inner.norm.register_forward_hook(lambda m, i, o: keep("final_norm", o)))
    for number in layers:
        block, at = inner.layers[number], f"L{number}."

        def on_o_proj(m, args, o, at=at):
            z = split(args[0], heads)  # [1, H, T, K]
            weight = m.weight.view(m.weight.shape[0], heads, -1)  # [D, H, K]
            keep(at + "z", z)
            keep(at + "head_out", torch.einsum("bhtk,dhk->bhtd", z, weight))
            keep(at + "attn_out", o)

        def on_q(m, i, o, at=at):
            out[at + "q_raw"] = split(o, heads)

        def on_k(m, i, o, at=at):
            q, k = apply_rotary_pos_emb(out.pop(at + "q_raw"), split(o, kv_heads), rotary["cos"], rotary["sin"])
            keep(at + "q", q)
            keep(at + "k", k)

        handles += [
            block.register_forward_hook(lambda m, i, o, at=at: keep(at + "resid_post", hidden_of(o))),
            block.input_layernorm.register_forward_hook(lambda m, i, o, at=at: keep(at + "resid_pre", i[0])),
            block.post_attention_layernorm.register_forward_hook(lambda m, i, o, at=at: keep(at + "resid_mid", i[0])),
            block.self_attn.register_forward_hook(lambda m, i, o, at=at: keep(at + "attn_pattern", o[1])),
            block.self_attn.q_proj.register_forward_hook(on_q),
            block.self_attn.k_proj.register_forward_hook(on_k),
            block.self_attn.v_proj.register_forward_hook(lambda m, i, o, at=at: keep(at + "v", split(o, kv_heads))),
            block.self_attn.o_proj.register_forward_hook(on_o_proj),
            block.mlp.down_proj.register_forward_hook(lambda m, i, o, at=at: keep(at + "mlp_act", i[0])),
            block.mlp.register_forward_hook(lambda m, i, o, at=at: keep(at + "mlp_out", o)),
        ]
    with hooks(*handles):
        model(torch.tensor([ids]), use_cache=False)
    return out


def greedy(model, ids, count):
    """`count` greedy tokens with the KV cache, never stopping early: ids, and the margin of each over the second best."""
    cache, step, new, margins, first = None, torch.tensor([ids]), [], [], None
    for _ in range(count):
        output = model(step, past_key_values=cache, use_cache=True)
        cache, logits = output.past_key_values, output.logits[0, -1]
        first = logits.clone() if first is None else first
        best = logits.topk(2)
        new.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
        step = torch.tensor([[new[-1]]])
    return new, margins, first


def lens_logits(model, states):
    """Final norm and unembedding of residual states [..., D]."""
    return model.lm_head(model.model.norm(states))


def write_in_prefill(model, layer, token, value):
    """Hook: overwrites the output of a block at one token, in the prefill only (a step of one token is decoding)."""

    def hook(module, args, output):
        hidden = hidden_of(output)
        if hidden.shape[1] == 1:
            return output
        hidden = hidden.clone()
        hidden[:, token] = value
        return (hidden, *output[1:]) if isinstance(output, tuple) else hidden

    return model.model.layers[layer].register_forward_hook(hook)


def add_everywhere(model, layer, vector, strength, keep_norm):
    """Hook: adds strength * vector to the output of a block at every token but position 0, in prompt and continuation."""

    def hook(module, args, output):
        hidden = hidden_of(output)
        moved = hidden + strength * vector
        if keep_norm:
            moved = moved * (hidden.norm(dim=-1, keepdim=True) / moved.norm(dim=-1, keepdim=True))
        if hidden.shape[1] > 1:
            moved[:, 0] = hidden[:, 0]
        return (moved, *output[1:]) if isinstance(output, tuple) else moved

    return model.model.layers[layer].register_forward_hook(hook)
