// Package loopback is where a browser comes back to: the listener on the Desktop's own address, the same address pasted by a person, and
// the ways of bringing a page before somebody. It must not judge what it received; that is the sign-in's business.
package loopback
