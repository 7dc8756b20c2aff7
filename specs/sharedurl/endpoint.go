package sharedurl

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// An Endpoint is the address of a server that speaks the protocol of S3.
type Endpoint struct {
	TLS  bool   // https
	Host string // a name in small letters, or an address without brackets
	Port int    // 0: the scheme's own
}

const (
	maxEndpoint = 300 // bytes
	maxHost     = 253 // bytes, as in the DNS
	maxLabel    = 63
)

// endpointForm is what to write for an endpoint.
const endpointForm = "write https://HOST or https://HOST:PORT"

// ParseEndpoint reads the URL of a server. Its error is a *Problem.
func ParseEndpoint(text string) (Endpoint, error) {
	if problem := common(text, maxEndpoint); problem != nil {
		return Endpoint{}, problem
	}
	scheme, rest, found := strings.Cut(strings.ToLower(text), "://")
	if !found || scheme != "http" && scheme != "https" {
		return Endpoint{}, &Problem{Message: "an endpoint is the https:// address of a server",
			Hint: endpointForm}
	}
	rest = strings.TrimSuffix(rest, "/")
	if strings.Contains(rest, "/") {
		return Endpoint{}, &Problem{Message: "an endpoint has no path",
			Hint: endpointForm + "; the bucket and the prefix stand in url"}
	}
	e := Endpoint{TLS: scheme == "https", Host: rest}
	colon := strings.LastIndexByte(rest, ':')
	if colon > strings.LastIndexByte(rest, ']') {
		port, err := strconv.ParseUint(rest[colon+1:], 10, 16)
		if err != nil || port == 0 {
			return Endpoint{}, &Problem{Message: fmt.Sprintf("%q is no port", rest[colon+1:]),
				Hint: "a port is 1 to 65535"}
		}
		e.Host, e.Port = e.Host[:colon], int(port)
		if e.TLS && port == 443 || !e.TLS && port == 80 {
			e.Port = 0
		}
	}
	inner, bracketed := strings.CutPrefix(e.Host, "[")
	if bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
	}
	address, err := netip.ParseAddr(inner)
	if isAddress := err == nil && address.Zone() == ""; isAddress && address.Is6() == bracketed {
		e.Host = address.String()
	} else if !isName(e.Host) {
		return Endpoint{}, &Problem{Message: fmt.Sprintf("%q is no host", e.Host),
			Hint: endpointForm + "; an IPv6 address stands in brackets"}
	}
	return e, nil
}

// isName reports whether a host has the form of a name. Names of containers have underscores.
func isName(host string) bool {
	if len(host) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool {
				return !small(r) && r != '-' && r != '_'
			}) {
			return false
		}
	}
	return true
}

// Exposed reports whether others may read and change what is sent: it goes in plain text to another
// machine.
func (e Endpoint) Exposed() bool {
	address, err := netip.ParseAddr(e.Host)
	local := e.Host == "localhost" || strings.HasSuffix(e.Host, ".localhost") ||
		err == nil && address.Unmap().IsLoopback()
	return !e.TLS && !local
}

// String returns the endpoint in its normal form, which ParseEndpoint reads as the same one.
func (e Endpoint) String() string {
	scheme, host := "http://", e.Host
	if e.TLS {
		scheme = "https://"
	}
	if e.Port != 0 {
		return scheme + net.JoinHostPort(host, strconv.Itoa(e.Port))
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + host
}

// CheckRegion checks the form of a region's name, which a server of one's own may choose freely.
// Its error is a *Problem.
func CheckRegion(name string) error {
	if len(name) > maxLabel || !isName(strings.ToLower(name)) || strings.ContainsAny(name, "._") {
		return &Problem{Message: fmt.Sprintf("region cannot be %q", name), Hint: "like eu-west-1"}
	}
	return nil
}

// maxProfile bounds the name of a profile in bytes.
const maxProfile = 128

// CheckProfile checks the form of a profile's name in ~/.aws/config. Its error is a *Problem.
func CheckProfile(name string) error {
	if name == "" || len(name) > maxProfile || unprintable(name) || strings.ContainsAny(name, "[]") {
		return &Problem{Message: fmt.Sprintf("profile cannot be %q", name),
			Hint: "name a profile of ~/.aws/config"}
	}
	return nil
}
