#pragma once

/// The Python of exported notebooks. Each kind reads GIVEN, computes, and calls `close` on its numbers and EXPECTED.
namespace patchbay::notebook {

inline constexpr const char* kSetUp = R"~~~(import contextlib
import functools
import inspect
import json
import math
import os
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

torch.set_grad_enabled(False)


def adapted(folder):
    """A model with the adapter (LoRA) of a folder, as PEFT keeps it, added to its weights."""
    from safetensors.torch import load_file
    shape = json.loads((folder / "adapter_config.json").read_text())
    named = os.environ.get("PATCHBAY_PLAIN_MODEL", shape["base_model_name_or_path"])
    found = [place for place in (Path(named), folder / named, folder.parent / Path(named).name) if place.exists()]
    if not found:
        raise FileNotFoundError(f"Set PATCHBAY_PLAIN_MODEL to the model of the adapter: there is no '{named}'")
    one = load.__wrapped__(found[0])
    parts = {name: tensor.float() for name, tensor in load_file(folder / "adapter_model.safetensors").items()}
    for name in (name for name in parts if ".lora_A." in name):
        module = one.get_submodule(name.removeprefix("base_model.model.").split(".lora_A.")[0])
        module.weight += shape["lora_alpha"] / shape["r"] * parts[name.replace(".lora_A.", ".lora_B.")] @ parts[name]
    return one


@functools.cache
def load(path):
    path = Path(path)
    if (path / "adapter_config.json").is_file() and not (path / "config.json").is_file():
        return adapted(path)
    where = dict(pretrained_model_name_or_path=str(path)) if path.is_dir() else dict(
        pretrained_model_name_or_path=str(path.parent), gguf_file=path.name)
    return AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32, attn_implementation="eager").eval()


def use(one):
    """Makes a model the one that all that follows runs."""
    global model, blocks, heads
    model, blocks, heads = one, one.model.layers, one.config.num_attention_heads


use(load(os.environ.get("PATCHBAY_MODEL", MODEL)))


def second():
    """The model that states are written into: the same one unless GIVEN names another."""
    if not GIVEN.get("target_model"):
        return model
    return load(os.environ.get("PATCHBAY_TARGET_MODEL", GIVEN["target_model"]))


def means():
    """The mean state of every layer over some texts, their first tokens, attention sinks, left out, [L, D]."""
    return torch.cat([values_of(ids, "resid_post")[:, 1:] for ids in GIVEN["mean_ids"]], 1).mean(1)


def maps():
    """The fitted maps: by source and target layer the function of a state, x A + b."""
    from safetensors.torch import load_file
    file = os.environ.get("PATCHBAY_MAP", GIVEN["map_file"])
    if not Path(file).is_file():
        raise FileNotFoundError(f"Export the maps '{GIVEN['map_name']}' from the Library, and set PATCHBAY_MAP to the file")
    arrays = load_file(file)
    return {(int(a), int(b)): lambda x, i=i: x @ arrays["matrices"][i] + arrays["offsets"][i]
            for i, (a, b) in enumerate(arrays["layers"].tolist())}


def hidden_of(output):
    return output[0] if isinstance(output, tuple) else output


def module_of(site, layer):
    """The module whose output stands at a site."""
    block = blocks[layer]
    return {"resid_post": block, "attn_out": block.self_attn, "mlp_out": block.mlp}[site]


@contextlib.contextmanager
def hooks(*handles):
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def run(ids):
    """Logits of every token, [T, V]."""
    return model(torch.tensor([ids]), use_cache=False).logits[0]


def values_of(ids, site, head=-1):
    """Values of a site at every block and token, [L, T, D]."""
    seen, handles = [], []
    for layer, block in enumerate(blocks):
        if site == "resid_pre":
            handles.append(block.register_forward_pre_hook(lambda m, a, k: seen.append((a[0] if a else k["hidden_states"])[0].clone()), with_kwargs=True))
        elif site == "resid_mid":
            handles.append(block.post_attention_layernorm.register_forward_pre_hook(lambda m, a: seen.append(a[0][0].clone())))
        elif site == "head_out":
            def keep(m, a):
                weight = m.weight.view(m.weight.shape[0], heads, -1)
                seen.append(a[0][0].view(len(ids), heads, -1)[:, head] @ weight[:, head].T)
            handles.append(block.self_attn.o_proj.register_forward_pre_hook(keep))
        elif site == "z":
            handles.append(block.self_attn.o_proj.register_forward_pre_hook(lambda m, a: seen.append(a[0][0].clone())))
        else:
            handles.append(module_of(site, layer).register_forward_hook(lambda m, a, o: seen.append(hidden_of(o)[0].clone())))
    with hooks(*handles):
        run(ids)
    return torch.stack(seen)


def write(site, layer, change):
    """A hook that puts `change(values [B, T, D])` in the place of the values of a site."""
    if site == "resid_pre":
        def before(m, a, k):
            return ((change(a[0]), *a[1:]), k) if a else (a, {**k, "hidden_states": change(k["hidden_states"])})
        return blocks[layer].register_forward_pre_hook(before, with_kwargs=True)
    if site == "resid_mid":
        # What the MLP reads, and what its output is added to, are one value: both follow the change.
        state = {}
        def middle(m, a):
            state["delta"] = change(a[0]) - a[0]
            return (a[0] + state["delta"],)
        first = blocks[layer].post_attention_layernorm.register_forward_pre_hook(middle)
        second = blocks[layer].mlp.register_forward_hook(lambda m, a, o: o + state["delta"])
        class Both:
            def remove(self):
                first.remove()
                second.remove()
        return Both()
    def after(m, a, o):
        hidden = change(hidden_of(o))
        return (hidden, *o[1:]) if isinstance(o, tuple) else hidden
    return module_of(site, layer).register_forward_hook(after)


def replaced(token, value):
    def change(x):
        x = x.clone()
        x[:, token] = value
        return x
    return change


def steered(row, strength, keep_norm, first, last):
    vector = torch.tensor(row)
    def change(x):
        moved = x + strength * vector
        if keep_norm:
            moved = moved * (x.norm(dim=-1, keepdim=True) / moved.norm(dim=-1, keepdim=True))
        end = x.shape[1] if last is None else min(last + 1, x.shape[1])
        return torch.cat([x[:, :first], moved[:, first:end], x[:, max(first, end):]], 1)
    return change


def edits(given):
    """Writes the states and adds the vector that stand in a run; for `hooks`."""
    states = [values_of(patch["source_ids"], patch["site"])[patch["source_layer"], patch["source_token"]]
              for patch in given["patches"]]
    handles = [write(patch["site"], patch["layer"], replaced(patch["token"], state))
               for patch, state in zip(given["patches"], states)]
    if steering := given.get("steering"):
        handles += [write("resid_post", int(layer), steered(row, *(steering[key] for key in ("strength", "keep_norm", "first", "last"))))
                    for layer, row in steering["rows"].items()]
    return handles


CACHE = "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"


def step(ids, cache=None):
    """Logits after the last of new tokens, and keys and values to go on from."""
    output = model(torch.tensor([ids]), use_cache=True, **({} if cache is None else {CACHE: cache}))
    return output.logits[0, -1], getattr(output, "past_key_values", None) or getattr(output, CACHE)


def says(logits, cache, expected):
    """Whether the greedy continuation is the expected one; where two tokens are as likely either may stand."""
    for token in expected:
        best = logits.topk(2)
        assert int(best.indices[0]) == token or float(best.values[0] - best.values[1]) < 1e-3, "other words"
        logits, cache = step([token], cache)


def probabilities(logits):
    return logits.double().softmax(-1)


def flat(nested):
    return [x for inner in nested for x in flat(inner)] if isinstance(nested, list) else [nested]


def close(name, found, expected, tolerance=1e-3):
    """Raises when a number is further from the expected one than the tolerance, relative above 1."""
    found = torch.as_tensor(found, dtype=torch.float64).flatten()
    expected = torch.tensor([math.nan if x is None else x for x in flat(expected)], dtype=torch.float64)
    known = ~expected.isnan()
    apart = ((found - expected).abs() / expected.abs().clamp(min=1))[known]
    largest = float(apart.max()) if apart.numel() else 0.0
    print(f"{name}: {int(known.sum())} numbers, largest difference {largest:.1e}")
    assert largest <= tolerance, f"{name} is {largest} off"
)~~~";

inline constexpr const char* kLens = R"~~~(with hooks(*edits(GIVEN)):
    states = values_of(GIVEN["ids"], GIVEN["site"], GIVEN["head"])  # [L, T, D]
if GIVEN.get("map_file"):  # a tuned lens
    fitted, last = maps(), len(blocks) - 1
    states = torch.stack([fitted[layer, last](states[layer]) for layer in range(last)] + [states[last]])
logits = model.lm_head(model.model.norm(states))
p = probabilities(logits)
best = p.max(-1)
# Where two tokens are as likely, either may stand first.
second = p.topk(2, -1).values[..., 1]
sure = (best.values - second) > 1e-4
assert bool((best.indices == torch.tensor(EXPECTED["top_ids"]))[sure].all()), "another token stands first"
close("p of the likeliest token", best.values, EXPECTED["top_p"])
close("entropy, bits", -(p * p.clamp(min=1e-300).log2()).sum(-1), EXPECTED["entropy_bits"])
close("norm", states.norm(dim=-1), EXPECTED["norm"])
)~~~";

inline constexpr const char* kFutureLens = R"~~~(states = values_of(GIVEN["ids"], "resid_post")
place, found, expected = len(GIVEN["text_ids"]) - 1, [], []
# A learned prompt stands in the place of the embeddings of a text.
learned = torch.tensor(GIVEN["embeddings"]) if GIVEN.get("embeddings") else None


def embedded(m, a, o):
    return o if learned is None or o.shape[1] == 1 else learned[None]


for layer in range(len(blocks)):
    for token in range(len(GIVEN["ids"])):
        with hooks(model.model.embed_tokens.register_forward_hook(embedded),
                   write("resid_post", layer, replaced(place, states[layer, token]))):
            logits, cache = step(GIVEN["text_ids"])
        sure = True
        for _ in range(GIVEN["ahead"]):
            best = logits.topk(2)
            sure = sure and float(best.values[0] - best.values[1]) > 1e-3
            logits, cache = step([int(best.indices[0])], cache)
        # Where two words are as likely the texts may part.
        if sure:
            found.append(float(probabilities(logits)[EXPECTED["top_ids"][layer][token]]))
            expected.append(EXPECTED["top_p"][layer][token])
assert len(found) > 0.8 * len(blocks) * len(GIVEN["ids"])
close("p of the likeliest token", found, expected)
)~~~";

inline constexpr const char* kPatchscope = R"~~~(source = values_of(GIVEN["source_ids"], "resid_post")
fitted = maps() if GIVEN["map"] == "affine" else None
mean = means() if GIVEN["map"] == "mean" else None
use(second())
target = values_of(GIVEN["target_ids"], "resid_post")
found = []
asked = []
for (token, source_layer, target_layer), expected in zip(GIVEN["cells"], EXPECTED["cells"]):
    state = source[source_layer, token]
    old = target[target_layer, GIVEN["target_token"]]
    if GIVEN["map"] == "zero":
        state = torch.zeros_like(old)
    elif GIVEN["map"] == "target-norm":
        state = state * (old.norm() / state.norm())
    elif GIVEN["map"] == "affine":
        state = fitted[source_layer, target_layer](state)
    elif GIVEN["map"] == "mean":
        state = mean[source_layer]
    with hooks(write("resid_post", target_layer, replaced(GIVEN["target_token"], state))):
        logits, cache = step(GIVEN["target_ids"])
    found.append(float(probabilities(logits)[expected["id"]]))
    asked.append(probabilities(logits)[GIVEN["asked"]])
    # The patch acts in the prompt only; decoding keeps its keys and values.
    says(logits, cache, expected["generated"])
close("p of the first word", found, [cell["p"] for cell in EXPECTED["cells"]])
if GIVEN["asked"]:
    close("p of the words asked for", torch.stack(asked), [cell["asked"] for cell in EXPECTED["cells"]])
)~~~";

inline constexpr const char* kPatch =
    R"~~~(state = values_of(GIVEN["source_ids"], GIVEN["site"])[GIVEN["source_layer"], GIVEN["source_token"]]
with hooks(*edits(GIVEN)):
    plain = probabilities(run(GIVEN["target_ids"])[-1])
with hooks(*edits(GIVEN), write(GIVEN["site"], GIVEN["target_layer"], replaced(GIVEN["target_token"], state))):
    patched = probabilities(run(GIVEN["target_ids"])[-1])
close("p without the patch", plain[EXPECTED["plain"]["ids"]], EXPECTED["plain"]["p"])
close("p with the patch", patched[EXPECTED["patched"]["ids"]], EXPECTED["patched"]["p"])
close("KL, bits", [float((plain * (plain.log2() - patched.log2())).sum())], [EXPECTED["kl_bits"]])
)~~~";

/// Least squares of one layer's states on another's, with a ridge of 1e-5 of their mean variance; or what a descent
/// came to, read from the file that the Library exports.
inline constexpr const char* kMap = R"~~~(first, other = model, second()


def states_of(texts):
    """States of the paired tokens of all texts by layer, [n, D], of the first model and of the other one."""
    found = ({}, {})
    for text in texts:
        for side, one in enumerate((first, other)):
            use(one)
            # One model reads a text once.
            if side == 0 or one is not first:
                values = values_of(text[("source_ids", "target_ids")[side]], "resid_post")
            rows = [pair[side] for pair in text["paired"]]
            for layer in {pair[side] for pair in GIVEN["pairs"]}:
                found[side].setdefault(layer, []).append(values[layer][rows])
    use(first)
    return [{layer: torch.cat(rows).double() for layer, rows in side.items()} for side in found]


def explained(x, y, mapped):
    return float(1 - (y - mapped(x)).square().sum() / (y - y.mean(0)).square().sum())


def fit(x, y):
    covariance = x.T @ x / len(x) - torch.outer(x.mean(0), x.mean(0))
    covariance += 1e-5 * covariance.diagonal().mean() * torch.eye(len(covariance), dtype=torch.float64)
    matrix = torch.linalg.solve(covariance, x.T @ y / len(x) - torch.outer(x.mean(0), y.mean(0)))
    offset = y.mean(0) - x.mean(0) @ matrix
    return lambda x: x @ matrix + offset


fitted = maps() if GIVEN.get("map_file") else None
read, wanted = states_of(GIVEN["texts"])
unseen, unseen_wanted = states_of(GIVEN["held_out"])
train, held_out = [], []
for a, b in GIVEN["pairs"]:
    x, y = read[a], wanted[b]
    mapped = fit(x, y) if fitted is None else lambda x, at=(a, b): fitted[at](x.float()).double()
    train.append(explained(x, y, mapped))
    if GIVEN["held_out"]:
        held_out.append(explained(unseen[a], unseen_wanted[b], mapped))
close("R2 of the fit", train, EXPECTED["train_r2"])
if held_out:
    close("R2 held out", held_out, EXPECTED["held_out_r2"])
)~~~";

inline constexpr const char* kAttention =
    R"~~~(attentions = model(torch.tensor([GIVEN["ids"]]), use_cache=False, output_attentions=True).attentions
pattern = torch.stack([attentions[layer][0] for layer in GIVEN["layers"]]).double()  # [N, H, T, T]
bits = -(pattern * pattern.clamp(min=1e-300).log2()).sum(-1)
close("mean entropy of each head, bits", bits[..., 1:].mean(-1) if bits.shape[-1] > 1 else bits[..., 0] * 0, EXPECTED["entropy_bits"])
)~~~";

inline constexpr const char* kAttribution = R"~~~(ids, token = GIVEN["ids"], GIVEN["token"]
last = values_of(ids, "resid_post")[-1, token]
wanted = model.lm_head.weight[GIVEN["answer"]]
if GIVEN["difference"]:
    wanted = wanted - model.lm_head.weight[GIVEN["against"]]
direction = wanted * model.model.norm.weight * torch.rsqrt(last.square().mean() + model.config.rms_norm_eps)
z = values_of(ids, "z")[:, token]  # [L, H K]
parts = []
for layer, block in enumerate(blocks):
    weight = block.self_attn.o_proj.weight.view(model.config.hidden_size, heads, -1)  # [D, H, K]
    parts.append(torch.einsum("hk,dhk,d->h", z[layer].view(heads, -1), weight, direction))
logits = run(ids)[token]
total = float(logits[GIVEN["answer"]] - (logits[GIVEN["against"]] if GIVEN["difference"] else 0))
close("logit", [total], [EXPECTED["total"]])
close("heads", torch.stack(parts), EXPECTED["heads"])
close("MLPs", values_of(ids, "mlp_out")[:, token] @ direction, EXPECTED["mlps"])
)~~~";

inline constexpr const char* kGenerate = R"~~~(says(*step(GIVEN["ids"]), EXPECTED["new_ids"])
print(f"{len(EXPECTED['new_ids'])} tokens are the same")
)~~~";

inline constexpr const char* kAsk = R"~~~(from safetensors.torch import load_file

# The folder of the decoder. "default" is the one that comes with Patchbay: resources/decoder/default of its sources.
folder = Path(os.environ.get("PATCHBAY_DECODER", GIVEN["decoder"]))
if not (folder / "decoder.json").is_file():
    raise FileNotFoundError(f"No decoder lies in '{folder}': set PATCHBAY_DECODER to its folder")
card = json.loads((folder / "decoder.json").read_text())
shape = json.loads((folder / "adapter_config.json").read_text())
adapter = {name: tensor.float() for name, tensor in load_file(folder / "adapter_model.safetensors").items()}
states = values_of(GIVEN["ids"], "resid_post")  # [L, T, D]
recalls = card["recipe"].get("recall", False)
recall = {name: t.float() for name, t in load_file(folder / "recall.safetensors").items()} if recalls else {}


def handed(x, layer):
    """States of a layer as the decoder gets them: they, and what each recalls of earlier words."""
    if not recalls:
        return x
    near = min(sorted(card["recipe"]["readLayers"]), key=lambda known: abs(known - layer))
    return torch.cat([x, x @ recall[f"map.{near}"] + recall[f"offset.{near}"]])


def with_adapter():
    """The products with their low-rank terms (LoRA); for `hooks`."""
    scale = shape["lora_alpha"] / shape["r"]
    handles = []
    for name in (name for name in adapter if ".lora_A." in name):
        down, up = adapter[name], adapter[name.replace(".lora_A.", ".lora_B.")]
        module = model.get_submodule(name.removeprefix("base_model.model.").split(".lora_A.")[0])
        handles.append(module.register_forward_hook(
            lambda m, a, o, down=down, up=up: o + scale * (a[0] @ down.T) @ up.T))
    return handles


for asked, expected in zip(GIVEN["asked"], EXPECTED["answers"]):
    read = torch.cat([handed(states[layer, first:last + 1], layer) for first, last, layer in asked["spans"]])
    read = torch.zeros_like(read) if asked["zero"] else read

    def put(x):
        # Once, in the prompt: tokens that are generated come one by one.
        return x if x.shape[1] == 1 else replaced(slice(GIVEN["first_place"], GIVEN["first_place"] + len(read)), read)(x)

    with hooks(*(with_adapter() if asked["adapter"] else []), write("resid_post", card["recipe"]["writeLayer"], put)):
        says(*step(GIVEN["read_ids"]), expected)
print(f"{len(EXPECTED['answers'])} answers are the same")
)~~~";

inline constexpr const char* kSteer = R"~~~(def steer(layer, row):
    def change(x):
        # Position 0, an attention sink, is left alone unless it is the only one of the prompt.
        return steered(row, GIVEN["strength"], GIVEN["keep_norm"], 1 if x.shape[1] > 1 else 0, None)(x)
    return write("resid_post", layer, change)


says(*step(GIVEN["ids"]), EXPECTED["plain"])
with hooks(*[steer(int(layer), row) for layer, row in GIVEN["vector"].items()]):
    says(*step(GIVEN["ids"]), EXPECTED["steered"])
print(f"{len(EXPECTED['plain'])} plain and {len(EXPECTED['steered'])} steered tokens are the same")
)~~~";

inline constexpr const char* kVector = R"~~~(norms = []


def mean_of(texts):
    """Mean over texts of the states where they are read, [L, D]."""
    states = []
    for ids in texts:
        x = values_of(ids, "resid_post")
        kept = x[:, 1:] if len(ids) > 1 else x  # first tokens are attention sinks
        norms.append(kept.norm(dim=-1))
        states.append(x[:, -1] if GIVEN["read"] == "last" else kept.mean(1))
    return torch.stack(states).mean(0)


rows = mean_of(GIVEN["positives"]) - mean_of(GIVEN["negatives"])
close("rows", rows, EXPECTED["rows"])
close("mean norms", torch.cat(norms, 1).mean(1), EXPECTED["mean_norms"])
)~~~";

inline constexpr const char* kExplore = R"~~~(texts = [values_of(ids, GIVEN["site"]) for ids in GIVEN["texts"]]
x = torch.stack([texts[text][:, token] for text, token in GIVEN["places"]], 1).double()  # [L, N, D]
close("norms", x.norm(dim=-1), EXPECTED["norms"])
unit = x[:, GIVEN["compared"]] / x[:, GIVEN["compared"]].norm(dim=-1, keepdim=True)
close("cosines", unit @ unit.mT, EXPECTED["cosines"])
variances = torch.linalg.svdvals(x - x.mean(1, keepdim=True)).square()
shares = variances / variances.sum(-1, keepdim=True).clamp(min=1e-300)
shares = torch.nn.functional.pad(shares, (0, 3))[:, :3]
close("shares of the variance", shares, EXPECTED["explained"])
squares = x.square().mean(1)
largest = squares.topk(len(EXPECTED["channel_share"][0]), -1).values / squares.sum(-1, keepdim=True)
close("channels' shares", largest, EXPECTED["channel_share"])
)~~~";

inline constexpr const char* kNeurons = R"~~~(seen = []
down = blocks[GIVEN["layer"]].mlp.down_proj
with hooks(down.register_forward_pre_hook(lambda m, a: seen.append(a[0][0].clone()))):
    run(GIVEN["ids"])
activations = seen[0][:, GIVEN["neurons"]]  # [T, N]
close("activations", activations.T, EXPECTED["activations"])
close("what they write", activations[GIVEN["token"]].abs() * down.weight[:, GIVEN["neurons"]].norm(dim=0), EXPECTED["written"])
)~~~";

/// Questions in two steps: the state of the first at every layer, in the place of x in the second at every layer.
inline constexpr const char* kMultiHop = R"~~~(layers = GIVEN["layers"]
pairs = [(a, b) for a in layers for b in layers]


def put(layer, place, states):
    rows = [i for i, (_, target) in enumerate(pairs) if target == layer]
    def change(x):
        # Once, in the prompt: tokens that are generated come one by one.
        if x.shape[1] == 1:
            return x
        x = x.clone()
        x[rows, place] = states[[pairs[i][0] for i in rows]]
        return x
    return write("resid_post", layer, change)


texts = 0
for item, expected in zip(GIVEN["items"], EXPECTED["says"]):
    states = values_of(item["source_ids"], "resid_post")[:, -1]  # [L, D]
    ids, cache = torch.tensor([item["target_ids"]] * len(pairs)), None
    sure = torch.ones(len(pairs), dtype=torch.bool)
    with hooks(*(put(layer, item["token"], states) for layer in layers)):
        for step_ in range(max(map(len, expected))):
            output = model(ids, use_cache=True, **({} if cache is None else {CACHE: cache}))
            cache = getattr(output, "past_key_values", None) or getattr(output, CACHE)
            best = output.logits[:, -1].topk(2)
            wanted = torch.tensor([said[step_] if step_ < len(said) else -1 for said in expected])
            # Where two tokens are as likely the texts may part.
            sure &= (best.values[:, 0] - best.values[:, 1] > 1e-3) & (wanted >= 0)
            assert bool((best.indices[:, 0] == wanted)[sure].all()), "other words"
            ids = wanted.clamp(min=0)[:, None]
    texts += len(pairs)
print(f"{texts} texts are the same")
)~~~";

inline constexpr const char* kPatchscopeList =
    R"~~~(sources = [values_of(ids, "resid_post")[:, -1] for ids in GIVEN["sources"]]
fitted = maps() if GIVEN["map"] == "affine" else {}
mean = means() if GIVEN["map"] == "mean" else None
layers = len(blocks)
use(second())
target = values_of(GIVEN["target_ids"], "resid_post")


def written_at(layer):
    """The layer that a state is written at: of the same depth, or what the maps have for it."""
    if GIVEN["target_layer"] >= 0:
        return GIVEN["target_layer"]
    same = layer if layers == len(blocks) else int(layer / (layers - 1) * (len(blocks) - 1) + 0.5)
    return next((b for a, b in fitted if a == layer), same) if fitted and (layer, same) not in fitted else same


def bits(answers):
    """Surprisal of the likeliest first token of an answer."""
    return -math.log2(max(float(probabilities(run(GIVEN["target_ids"])[-1])[answers].max()), 2**-126))


rows = []
for source_layer in GIVEN["layers"]:
    row, target_layer = [], written_at(source_layer)
    for source, answers in zip(sources, GIVEN["answers"]):
        state, old = source[source_layer], target[target_layer, GIVEN["token"]]
        if GIVEN["map"] == "zero":
            state = torch.zeros_like(old)
        elif GIVEN["map"] == "target-norm":
            state = state * (old.norm() / state.norm())
        elif GIVEN["map"] == "affine":
            state = fitted[source_layer, target_layer](state)
        elif GIVEN["map"] == "mean":
            state = mean[source_layer]
        with hooks(write("resid_post", target_layer, replaced(GIVEN["token"], state))):
            row.append(bits(answers))
    rows.append(row)
close("surprisal with the state in it, bits", rows, EXPECTED["surprisal_bits"])
close("surprisal of the text alone, bits", [bits(answers) for answers in GIVEN["answers"]], EXPECTED["text_only_bits"])
)~~~";

}  // namespace patchbay::notebook
