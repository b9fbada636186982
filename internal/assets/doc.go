// Package assets is the inventory of a Quick account, the graph of what uses what, and the vault: an export of every asset that a
// deletion would destroy, which can be checked without AWS and compared with what is there now.
//
// It must not speak to AWS by itself (Door and Exporter are what it asks for), decide that anything may be deleted, hold a bundle in
// memory, or call what could not be read absent. No credential and no download address goes into a vault or an error.
package assets
