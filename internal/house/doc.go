// Package house keeps the house in order: tests that read the tree itself and fail, with the reason, when a border between rooms is
// crossed, a habit is broken, or a document no longer says what the code does. It holds no code for anybody else and must not know
// what any room is for beyond what the tables here say.
//
// Documents that are made here are written anew with: go test ./internal/house -update
package house
