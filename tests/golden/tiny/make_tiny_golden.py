"""Makes two tiny random models as Hugging Face folders, with reference logits by `transformers`. README.md beside it says more.

    python make_tiny_golden.py --texts tests/golden/model/held_texts.json --out tests/golden/tiny
"""

import argparse
import json
import random
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM

LLAMA_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEXTS = ["Hello, world!", "It's 12345 o'clock\n\n  in Zürich <|end|> 🐙", "   The night train from Vienna\tleaves at 9:05."]


def make_tokenizer(texts, pre_tokenizer, begin_token):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=320,
            special_tokens=["<|begin|>", "<|end|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    if begin_token:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<|begin|> $A", pair="<|begin|> $A $B", special_tokens=[("<|begin|>", 0)]
        )
    return tokenizer


def make_model(seed, **sizes):
    torch.manual_seed(seed)
    config = LlamaConfig(vocab_size=320, max_position_embeddings=256, bos_token_id=0, eos_token_id=1,
                         attn_implementation="eager", dtype="float32", **sizes)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            # Spread wide, or a tiny model's logits would be too flat to tell a right program from a wrong one.
            weight.normal_(1.0, 0.2) if "norm" in name else weight.normal_(0.0, 0.3)
    return model


def write_reference(model, tokenizer, out, name):
    chance = random.Random(3)
    sequences = [[chance.randrange(320) for _ in range(length)] for length in (1, 7, 48)]
    arrays = {}
    with torch.inference_mode():
        for number, ids in enumerate(sequences):
            seen = []
            handles = [layer.register_forward_hook(lambda m, i, o: seen.append((o[0] if isinstance(o, tuple) else o)[0].clone()))
                       for layer in model.model.layers]
            arrays[f"{number}.logits"] = model(torch.tensor([ids]), use_cache=False).logits[0].contiguous()
            arrays[f"{number}.resid_post"] = torch.stack(seen)
            for handle in handles:
                handle.remove()
    save_file(arrays, out / f"{name}_reference.safetensors")
    facts = {"sequences": sequences, "texts": [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS]}
    (out / f"{name}_reference.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return arrays


def save(model, tokenizer, folder):
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    facts = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin|>", "eos_token": "<|end|>",
             "clean_up_tokenization_spaces": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(facts, indent=2) + "\n")


def use_old_rope_keys(folder):
    """Writes the rotary settings as folders older than transformers 5 have them: rope_theta and rope_scaling."""
    file = folder / "config.json"
    config = json.loads(file.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["rope_theta"]
    config["rope_scaling"] = {"type": rope["rope_type"], "factor": rope["factor"]}
    file.write_text(json.dumps(config, indent=2) + "\n")


def check(folder, ids_file, arrays):
    """The folder as written gives the reference again."""
    model = LlamaForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    sequences = json.loads(ids_file.read_text())["sequences"]
    with torch.inference_mode():
        for number, ids in enumerate(sequences):
            again = model(torch.tensor([ids]), use_cache=False).logits[0]
            assert torch.equal(again, arrays[f"{number}.logits"]), folder


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    texts = json.loads(arguments.texts.read_text(encoding="utf-8"))

    split = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA_PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    grouped = make_model(1, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
                         num_key_value_heads=2, head_dim=12, attention_bias=True, tie_word_embeddings=False, rms_norm_eps=1e-5,
                         rope_parameters={"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
                                          "high_freq_factor": 4.0, "original_max_position_embeddings": 64})
    tied = make_model(2, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
                      num_key_value_heads=4, tie_word_embeddings=True, rms_norm_eps=1e-6,
                      rope_parameters={"rope_type": "linear", "rope_theta": 5000.0, "factor": 2.0})
    for name, model, tokenizer in [
        ("grouped", grouped, make_tokenizer(texts, split, begin_token=True)),
        ("tied", tied, make_tokenizer(texts, pre_tokenizers.ByteLevel(add_prefix_space=False), begin_token=False)),
    ]:
        folder = arguments.out / name
        save(model, tokenizer, folder)
        if name == "tied":
            use_old_rope_keys(folder)
        arrays = write_reference(model, tokenizer, arguments.out, name)
        check(folder, arguments.out / f"{name}_reference.json", arrays)


if __name__ == "__main__":
    main()
