package assets

import "rehome/internal/estate"

// Reach is what an asset needs beyond other assets, and no bundle carries (MIG-23, MIG-26, MIG-31).
type Reach struct {
	Secret estate.ARN `json:"secret,omitzero"` // of a data source, in Secrets Manager; empty: it has none
	// Stored says that a data source signs in with something that Quick stores and never gives back. Quick does not tell this: it goes by the
	// type and by the lack of a secret (quick-api 4.6a).
	Stored  bool      `json:"stored,omitzero"`
	Spice   int64     `json:"spice,omitzero"`   // bytes that a dataset takes in SPICE
	Rules   []RowRule `json:"rules,omitzero"`   // of a dataset: those that say who sees which of its rows
	Faults  []string  `json:"faults,omitzero"`  // types of what Quick itself finds wrong with it, such as DATA_SET_NOT_FOUND, sorted (quick-api 3.7)
	Columns []string  `json:"columns,omitzero"` // of a dataset that may hold such rules: all of them, sorted
}

// RowRule is a dataset with rules for rows of another (quick-api 5).
type RowRule struct {
	DataSet estate.ARN `json:"dataset"`
	Format  string     `json:"format,omitzero"` // VERSION_1 by name, VERSION_2 by ARN; empty: VERSION_1
	Enabled bool       `json:"enabled,omitzero"`
}
