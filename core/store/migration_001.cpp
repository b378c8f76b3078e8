#include "core/store/schema.h"

namespace patchbay {

const char* const kMigration001 = R"sql(
CREATE TABLE content (
  hash TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE chunk (
  content TEXT NOT NULL REFERENCES content (hash),
  place INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (content, place)
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  parent INTEGER REFERENCES run (id),
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  request TEXT NOT NULL,
  model_fingerprint TEXT NOT NULL,
  model_name TEXT NOT NULL,
  model_path TEXT NOT NULL,
  dtype TEXT NOT NULL,
  device TEXT NOT NULL,
  quantisation TEXT NOT NULL,
  threads INTEGER NOT NULL,
  program_version TEXT NOT NULL,
  library TEXT NOT NULL,
  products TEXT NOT NULL,
  seed INTEGER NOT NULL,
  seed_is_chosen INTEGER NOT NULL,
  status TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  seconds REAL NOT NULL,
  warnings TEXT NOT NULL,
  error TEXT,
  note TEXT NOT NULL,
  is_starred INTEGER NOT NULL,
  is_pinned INTEGER NOT NULL,
  is_trashed INTEGER NOT NULL,
  result_body TEXT REFERENCES content (hash)
) STRICT;

CREATE TABLE vector (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL
) STRICT;

CREATE TABLE run_array (
  run INTEGER NOT NULL REFERENCES run (id),
  name TEXT NOT NULL,
  shape TEXT NOT NULL,
  axes TEXT NOT NULL,
  unit TEXT NOT NULL,
  content TEXT NOT NULL REFERENCES content (hash),
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE vector_array (
  vector INTEGER NOT NULL REFERENCES vector (id),
  name TEXT NOT NULL,
  shape TEXT NOT NULL,
  axes TEXT NOT NULL,
  unit TEXT NOT NULL,
  content TEXT NOT NULL REFERENCES content (hash),
  PRIMARY KEY (vector, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE state (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX run_by_body ON run (result_body);
CREATE INDEX run_by_parent ON run (parent);
CREATE INDEX run_array_by_content ON run_array (content);
CREATE INDEX vector_array_by_content ON vector_array (content);
)sql";

}  // namespace patchbay
