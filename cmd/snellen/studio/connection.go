package studio

import (
	"context"
	"net"
	"slices"
	"sync"
)

// maxConnections is how many connections are open at once. A browser opens six to a host.
const maxConnections = 128

// A door accepts connections, and keeps no more than maxConnections open. Where there are too many
// it closes the oldest that has shown no token, so that other programs of this machine cannot keep
// the page out.
type door struct {
	net.Listener

	mu   sync.Mutex
	open []*visitor // the oldest first
}

// A visitor is one connection.
type visitor struct {
	net.Conn
	door *door
	page bool // it has shown the token; guarded by door.mu
}

func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	v := &visitor{Conn: c, door: d}
	if old := d.admit(v); old != nil {
		old.Close()
	}
	return v, nil
}

// admit adds a visitor, and returns the one that has to go, or nil.
func (d *door) admit(v *visitor) *visitor {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = append(d.open, v)
	if len(d.open) <= maxConnections {
		return nil
	}
	stranger := slices.IndexFunc(d.open, func(v *visitor) bool { return !v.page })
	return d.open[stranger] // the new one is one
}

func (v *visitor) Close() error {
	v.door.mu.Lock()
	v.door.open = slices.DeleteFunc(v.door.open, func(o *visitor) bool { return o == v })
	v.door.mu.Unlock()
	return v.Conn.Close()
}

// A visitorKey is the key of a request's connection in its context.
type visitorKey struct{}

func withVisitor(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, visitorKey{}, c)
}

// trust remembers that a request's connection has shown the token.
func trust(ctx context.Context) {
	if v, ok := ctx.Value(visitorKey{}).(*visitor); ok {
		v.door.mu.Lock()
		v.page = true
		v.door.mu.Unlock()
	}
}
