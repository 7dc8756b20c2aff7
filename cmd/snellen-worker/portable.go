//go:build !native

package main

import "snellen/engine/step"

func nativeTools() map[string]string { return nil }

func nativeRunners(func(func())) map[string]step.Runner { return map[string]step.Runner{} }
