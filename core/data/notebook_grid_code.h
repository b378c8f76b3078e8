#pragma once

/// The Python of exported patching grids: what all begin with, and each kind of cell (see notebook_code.h).
namespace patchbay::notebook {

/// What every patching grid begins with: its two prompts and the metric.
inline constexpr const char* kGridMetric = R"~~~(mode, site = GIVEN["mode"], GIVEN["site"]
base = GIVEN["corrupt_ids"] if mode == "denoise" else GIVEN["clean_ids"]
other = GIVEN["corrupt_ids"] if mode == "noise" else GIVEN["clean_ids"]
clean = run(GIVEN["clean_ids"])[-1].double().log_softmax(-1)
where = "z" if site == "head_out" else site
head_width = getattr(model.config, "head_dim", None) or model.config.hidden_size // heads


def measured(logits):
    row = logits.double().log_softmax(-1)
    if GIVEN["metric"] == "logit-difference":
        return logits[GIVEN["answer"]] - logits[GIVEN["wrong"]]
    if GIVEN["metric"] == "probability":
        return row[GIVEN["answer"]].exp()
    return (clean.exp() * (clean - row)).sum() / math.log(2)


def score(logits):
    return float(measured(logits))


def part_of(head):
    return slice(head * head_width, (head + 1) * head_width)


)~~~";

/// Attribution patching: the slope of the metric times what the patch would change.
inline constexpr const char* kEstimatedGrid = R"~~~(own, values = values_of(base, where), values_of(other, where)
added = [torch.zeros_like(x)[None].requires_grad_() for x in own]


def adds(layer):
    if where == "z":
        return blocks[layer].self_attn.o_proj.register_forward_pre_hook(lambda m, a: (a[0] + added[layer],))
    return write(site, layer, lambda x: x + added[layer])


with torch.enable_grad(), hooks(*(adds(layer) for layer in range(len(blocks)))):
    value = measured(run(base)[-1])
    slopes = torch.autograd.grad(value, added)
rows = []
for layer in GIVEN["layers"]:
    row = []
    for column in GIVEN["columns"]:
        if site == "head_out":
            tokens = slice(None) if GIVEN["all_tokens"] else -1
            change = (values[layer][tokens] - own[layer][tokens])[..., part_of(column)]
            slope = slopes[layer][0][tokens][..., part_of(column)]
        else:
            place = GIVEN["alignment"][column]
            if place < 0:
                row.append(math.nan)
                continue
            change, slope = values[layer][place] - own[layer][column], slopes[layer][0][column]
        row.append(float(value + (change * slope).sum()))
    rows.append(row)
close("clean run", [score(run(GIVEN["clean_ids"])[-1])], [EXPECTED["clean"]])
close("cells", rows, EXPECTED["values"])
)~~~";

/// Path patching: the receivers alone read the change, each directly; all between writes what it wrote.
inline constexpr const char* kPathGrid = R"~~~(own, values = values_of(base, where), values_of(other, where)
pre, mid, last = values_of(base, "resid_pre"), values_of(base, "resid_mid"), values_of(base, "resid_post")[-1, -1]
length = len(base)


def change_of(layer, column):
    """What a cell adds to the stream: its first token, and [t, D]."""
    if site != "head_out":
        place = GIVEN["alignment"][column]
        return None if place < 0 else (column, (values[layer][place] - own[layer][column])[None])
    first = 0 if GIVEN["all_tokens"] else length - 1
    z = (values[layer][-(length - first):] - own[layer][-(length - first):])[:, part_of(column)]
    return first, z @ blocks[layer].self_attn.o_proj.weight[:, part_of(column)].T


def put_head(receiver, first, z):
    def hook(m, a):
        changed = a[0].clone()
        changed[0, first:, part_of(receiver["head"])] = z
        return (changed,)
    return blocks[receiver["layer"]].self_attn.o_proj.register_forward_pre_hook(hook)


def written_by(receiver, layer, first, delta):
    """A receiver's output, made when it alone reads the change, to be put in place; None where it stands below."""
    reader = receiver["layer"]
    within = layer == reader and site != "mlp_out" and receiver["part"] == "mlp"
    if layer >= reader and not within:
        return None
    tokens = slice(first, first + len(delta))
    if receiver["part"] == "mlp":
        read = mid[reader][tokens] + delta
        written = blocks[reader].mlp(blocks[reader].post_attention_layernorm(read))
        return lambda: write("mlp_out", reader, replaced(tokens, written))
    with hooks(write("resid_pre", reader, replaced(tokens, pre[reader][tokens] + delta))):
        z = values_of(base, "z")[reader][first:, part_of(receiver["head"])]
    return lambda: put_head(receiver, first, z)


def cell(layer, column):
    change = change_of(layer, column)
    if change is None:
        return math.nan
    first, delta = change
    if GIVEN["receivers"][0]["part"] == "logits":
        at_last = delta[-1] if first + len(delta) == length else 0
        return score(model.lm_head(model.model.norm(last + at_last)))
    outputs = [output for receiver in GIVEN["receivers"] if (output := written_by(receiver, layer, first, delta))]
    if not outputs:
        return math.nan
    with hooks(*(put() for put in outputs)):
        return score(run(base)[-1])


rows = [[cell(layer, column) for column in GIVEN["columns"]] for layer in GIVEN["layers"]]
close("clean run", [score(run(GIVEN["clean_ids"])[-1])], [EXPECTED["clean"]])
close("cells", rows, EXPECTED["values"])
)~~~";

inline constexpr const char* kPatchGrid = R"~~~(def head_change(head, value):
    part = part_of(head)
    def hook(m, a):
        z = a[0].clone()
        if GIVEN["all_tokens"]:
            z[0, :, part] = value[:, part]
        else:
            z[0, -1, part] = value[-1, part]
        return (z,)
    return hook


values = values_of(other, where)
if mode == "mean":
    # First tokens are attention sinks; they are left out.
    texts = [values_of(ids, where)[:, 1:] for ids in GIVEN["mean_ids"] if len(ids) > 1]
    mean = torch.cat(texts, 1).mean(1, keepdim=True)  # [L, 1, ...]
    values = mean.expand_as(values)
rows = []
for layer in GIVEN["layers"]:
    row = []
    for column in GIVEN["columns"]:
        value = torch.zeros_like(values[layer]) if mode == "zero" else values[layer]
        if site == "head_out":
            handle = blocks[layer].self_attn.o_proj.register_forward_pre_hook(head_change(column, value))
        else:
            place = GIVEN["alignment"][column] if mode in ("denoise", "noise") else column
            if place < 0:
                row.append(math.nan)
                continue
            handle = write(site, layer, replaced(column, value[place]))
        with hooks(handle):
            row.append(score(run(base)[-1]))
    rows.append(row)
close("clean run", [score(run(GIVEN["clean_ids"])[-1])], [EXPECTED["clean"]])
close("cells", rows, EXPECTED["values"])
)~~~";

}  // namespace patchbay::notebook
