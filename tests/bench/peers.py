"""The other side of the benchmark: each workload in plain `transformers`, float32, the way a careful user writes it.

Run as a program it is the peer of `bench load`: `python peers.py MODEL` loads a GGUF file or a folder, prints `ready` at the
first logits and ends.
"""

import copy
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

THREADS = 2
FIRST_PROMPT = "The capital of France is"


def load(model):
    """Model and tokenizer of a GGUF file or a Hugging Face folder, with the library's default (fastest) attention."""
    torch.set_num_threads(THREADS)
    path = Path(model)
    folder, more = (str(path), {}) if path.is_dir() else (str(path.parent), {"gguf_file": path.name})
    tokenizer = AutoTokenizer.from_pretrained(folder, **more)
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **more).eval(), tokenizer


def save_folder(model, tokenizer, folder):
    """The same weights as a safetensors folder. A model read from GGUF refuses to be saved, so a plain one takes its weights."""
    config = type(model.config).from_dict({k: v for k, v in model.config.to_dict().items() if k != "quantization_config"})
    plain = type(model)(config).float()
    plain.load_state_dict(model.state_dict())
    plain.tie_weights()
    plain.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def hidden_of(output):
    return output[0] if isinstance(output, tuple) else output


class Peers:
    """One call of each workload; `prompts` is bench.json."""

    def __init__(self, model, tokenizer, prompts):
        self.model = model
        ids = {name: tokenizer(text).input_ids for name, text in prompts.items() if not name.startswith("_")}
        self.capture_ids = torch.tensor([ids["capture_text"][:512]])
        self.lens_ids = torch.tensor([ids["lens"][:32]])
        self.generate_ids = torch.tensor([ids["generate"][:16]])
        self.source_ids = torch.tensor([ids["patchscope_source"]])
        self.target_ids = torch.tensor([ids["patchscope_target"]] * model.config.num_hidden_layers)
        assert (self.capture_ids.shape[1], self.lens_ids.shape[1], self.generate_ids.shape[1]) == (512, 32, 16)
        self.clean_ids, self.corrupt_ids = torch.tensor([ids["clean"]]), torch.tensor([ids["corrupt"]])
        self.answer, self.wrong = ids["answer"][0], ids["wrong"][0]
        torch.manual_seed(0)
        self.vector = torch.randn(model.config.hidden_size)

    def residuals(self, ids):
        """Output of every block: [L, T, D]."""
        seen = []
        handles = [
            layer.register_forward_hook(lambda module, args, output: seen.append(hidden_of(output)[0]))
            for layer in self.model.model.layers
        ]
        try:
            self.model.model(ids, use_cache=False)
        finally:
            for handle in handles:
                handle.remove()
        return torch.stack(seen)

    def capture(self):
        return self.residuals(self.capture_ids)

    def lens(self):
        """All layers at once: one norm, one product, top 10; probabilities of the ten only."""
        logits = self.model.lm_head(self.model.model.norm(self.residuals(self.lens_ids)))  # [L, T, V]
        top = logits.topk(10)
        return top.indices, (top.values - logits.logsumexp(-1, keepdim=True)).exp()

    def patchscope_column(self):
        """Token identity at every layer of the source's last token: one batch, row l patched at layer l."""
        states = self.residuals(self.source_ids)[:, -1]

        def writer(layer):
            def hook(module, args, output):
                hidden_of(output)[layer, -1] = states[layer]

            return hook

        handles = [block.register_forward_hook(writer(n)) for n, block in enumerate(self.model.model.layers)]
        try:
            logits = self.model(self.target_ids, use_cache=False, logits_to_keep=1).logits[:, -1]
        finally:
            for handle in handles:
                handle.remove()
        return logits.softmax(-1).topk(10)

    def source_states(self):
        """Residuals of the source's last token: [L, D]."""
        return self.residuals(self.source_ids)[:, -1]

    def scope_grid_one_by_one(self):
        """The whole grid as most code does it: a hook and a forward pass for each pair of layers."""
        states, target, cells = self.source_states(), self.target_ids[:1], []
        for read in range(len(states)):
            for write, block in enumerate(self.model.model.layers):

                def hook(module, args, output):
                    hidden_of(output)[:, -1] = states[read]

                handle = block.register_forward_hook(hook)
                try:
                    cells.append(self.model(target, use_cache=False, logits_to_keep=1).logits[0, -1].topk(10).indices)
                finally:
                    handle.remove()
        return torch.stack(cells)

    def scope_grid_batched(self):
        """All source layers in one batch for each target layer."""
        states, cells = self.source_states(), []
        for block in self.model.model.layers:

            def hook(module, args, output):
                hidden_of(output)[:, -1] = states

            handle = block.register_forward_hook(hook)
            try:
                cells.append(self.model(self.target_ids, use_cache=False, logits_to_keep=1).logits[:, -1].topk(10).indices)
            finally:
                handle.remove()
        return torch.stack(cells, 1).flatten(0, 1)  # source layer outermost

    def scope_grid_cached(self):
        """The same with the target's prefix in a cache: only its last token runs again."""
        states, cells, count = self.source_states(), [], len(self.target_ids)
        prefix = self.model(self.target_ids[:1, :-1], use_cache=True, logits_to_keep=1).past_key_values
        for block in self.model.model.layers:
            cache = copy.deepcopy(prefix)
            cache.batch_repeat_interleave(count)

            def hook(module, args, output):
                hidden_of(output)[:, -1] = states

            handle = block.register_forward_hook(hook)
            try:
                logits = self.model(self.target_ids[:, -1:], past_key_values=cache, use_cache=True).logits[:, -1]
            finally:
                handle.remove()
            cells.append(logits.topk(10).indices)
        return torch.stack(cells, 1).flatten(0, 1)

    def patch_grid(self):
        """Clean residuals into the corrupted run, a batch of all tokens for each layer."""
        clean, tokens, rows = self.residuals(self.clean_ids), self.corrupt_ids.shape[1], []
        batch, every = self.corrupt_ids.expand(tokens, -1), torch.arange(tokens)
        for layer, block in enumerate(self.model.model.layers):

            def hook(module, args, output):
                hidden_of(output)[every, every] = clean[layer]

            handle = block.register_forward_hook(hook)
            try:
                logits = self.model(batch, use_cache=False, logits_to_keep=1).logits[:, -1]
            finally:
                handle.remove()
            rows.append(logits[:, self.answer] - logits[:, self.wrong])
        return torch.stack(rows)

    def generate(self):
        return self.model.generate(
            self.generate_ids, attention_mask=torch.ones_like(self.generate_ids), do_sample=False,
            min_new_tokens=64, max_new_tokens=64,
        )

    def generate_steered(self):
        """The same with a vector added after one block at every token but position 0."""

        def hook(module, args, output):
            hidden = hidden_of(output)
            hidden[:, 1 if hidden.shape[1] > 1 else 0 :] += self.vector

        handle = self.model.model.layers[14].register_forward_hook(hook)
        try:
            return self.generate()
        finally:
            handle.remove()


def main():
    with torch.inference_mode():
        model, tokenizer = load(sys.argv[1])
        model(**tokenizer(FIRST_PROMPT, return_tensors="pt"), logits_to_keep=1)
    print("ready", flush=True)


if __name__ == "__main__":
    main()
