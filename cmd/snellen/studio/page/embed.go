// Package page holds the studio's page: modules that a browser runs as they are. They show what the
// server sends (see package studio), and ask it for everything else.
package page

import "embed"

// Files are what the page consists of.
//
//go:embed index.html *.css *.js lit
var Files embed.FS
