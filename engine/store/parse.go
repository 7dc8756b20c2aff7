package store

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"
)

// parseRecord reads a record's JSON in exactly the form in which Encode writes it, a few times
// faster than encoding/json: a plan of ten thousand steps reads as many records. ok is false for
// any other form, such as a record with one field more; encoding/json reads these. Where the
// record's manifest is the expected one, the Record shares that string.
func parseRecord(body []byte, expected string) (r Record, ok bool) {
	p := &parser{rest: body, ok: true}
	p.literal(`{"manifest":`)
	var room [4 << 10]byte
	if manifest := p.text(room[:0]); string(manifest) == expected {
		r.Manifest = expected
	} else {
		r.Manifest = string(manifest)
	}
	p.literal(`,"outputs":`)
	r.Outputs = p.outputs()
	p.literal(`,"log":`)
	p.digest(&r.Log)
	p.literal(`,"took":`)
	r.Took = time.Duration(p.number())
	p.literal(`,"ended":`)
	if ended := p.text(room[:0]); p.ok {
		p.ok = r.Ended.UnmarshalText(ended) == nil
	}
	if p.has(`,"why":`) {
		r.Why = string(p.text(room[:0]))
	}
	if p.has(`,"from":`) {
		r.From = string(p.text(room[:0]))
	}
	p.literal(`}`)
	return r, p.ok && len(p.rest) == 0
}

// A parser reads JSON without spaces. ok becomes false at the first thing that is not as expected,
// and stays false.
type parser struct {
	rest []byte
	ok   bool
}

// has consumes a literal if it is next, and reports whether it was.
func (p *parser) has(literal string) bool {
	if !p.ok || len(p.rest) < len(literal) || string(p.rest[:len(literal)]) != literal {
		return false
	}
	p.rest = p.rest[len(literal):]
	return true
}

// literal consumes a literal that must be next.
func (p *parser) literal(want string) { p.ok = p.has(want) }

// outputs reads a record's outputs: null, or an object by name.
func (p *parser) outputs() map[string]Output {
	if p.has(`null`) {
		return nil
	}
	all := map[string]Output{}
	p.literal(`{`)
	if p.has(`}`) {
		return all
	}
	for p.ok {
		var room [128]byte
		name := string(p.text(room[:0]))
		var out Output
		p.literal(`:{"digest":`)
		p.digest(&out.Digest)
		p.literal(`,"size":`)
		out.Size = p.number()
		p.literal(`}`)
		all[name] = out
		if p.has(`}`) {
			return all
		}
		p.literal(`,`)
	}
	return nil
}

// digest reads a digest's text form into d.
func (p *parser) digest(d *Digest) {
	var room [80]byte
	if text := p.text(room[:0]); p.ok {
		p.ok = d.UnmarshalText(text) == nil
	}
}

// number reads an integer in the one form in which encoding/json writes it.
func (p *parser) number() int64 {
	n := 0
	for n < len(p.rest) && (p.rest[n] == '-' || '0' <= p.rest[n] && p.rest[n] <= '9') {
		n++
	}
	digits := string(p.rest[:n])
	value, err := strconv.ParseInt(digits, 10, 64)
	p.ok = p.ok && err == nil && strconv.FormatInt(value, 10) == digits
	p.rest = p.rest[n:]
	return value
}

// text reads a string and appends its value to room. room saves an allocation: the caller provides
// space on its stack.
func (p *parser) text(room []byte) []byte {
	p.literal(`"`)
	for p.ok {
		n := bytes.IndexAny(p.rest, "\"\\")
		if n < 0 || !plain(p.rest[:n]) {
			break
		}
		room = append(room, p.rest[:n]...)
		quote := p.rest[n] == '"'
		p.rest = p.rest[n+1:]
		if quote {
			return room
		}
		room = p.escape(room)
	}
	p.ok = false
	return nil
}

// plain reports whether bytes of a string are their own value: valid UTF-8 without control
// characters.
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' {
			return false
		}
	}
	return utf8.Valid(b)
}

// escape reads what follows a backslash and appends its value to room. A surrogate pair is not read
// here: ok becomes false, and encoding/json reads the record.
func (p *parser) escape(room []byte) []byte {
	if len(p.rest) == 0 {
		p.ok = false
		return room
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	switch c {
	case 'n':
		return append(room, '\n')
	case '"', '\\':
		return append(room, c)
	case 't':
		return append(room, '\t')
	case 'r':
		return append(room, '\r')
	case 'b':
		return append(room, '\b')
	case 'f':
		return append(room, '\f')
	case 'u':
		if len(p.rest) >= 4 {
			value, err := strconv.ParseUint(string(p.rest[:4]), 16, 16)
			p.rest = p.rest[4:]
			if r := rune(value); err == nil && utf8.ValidRune(r) {
				return utf8.AppendRune(room, r)
			}
		}
	}
	p.ok = false
	return room
}
