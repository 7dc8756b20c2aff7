// Package view renders for people and for machines: plans, the events of an apply, errors, and how
// far a long piece of work is. It knows steps and plans, and nothing of what a study is about; it
// reads no flags and decides nothing. Its callers own the streams.
package view
