// Package estate is the vocabulary of what exists: accounts, Regions, keys, Identity Center, Quick. It holds nouns, typed
// identifiers, the difference between "absent" and "not looked", the table of Regions and the table of how long AWS takes.
// It must not call anything, decide anything, or know how its values were found.
package estate
