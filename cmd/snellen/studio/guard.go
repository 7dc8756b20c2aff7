package studio

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

// A guard lets through what comes from the page. The printed address has a token; whoever opens it
// gets a cookie in exchange, which no script can read and no other site's request carries. A
// request must name this server as its host, so that no name of an attacker's own leads here, and
// its origin must be the page, where it has one.
type guard struct {
	host   string // "127.0.0.1:8080"
	token  string
	cookie string // name; cookies are shared by the ports of a host
}

func newGuard(at net.Addr) *guard {
	_, port, _ := net.SplitHostPort(at.String())
	return &guard{host: at.String(), token: rand.Text(), cookie: "snellen-" + port}
}

// address returns the address that a person opens.
func (g *guard) address() string { return "http://" + g.host + "/?token=" + g.token }

// policy is what a page of this server may load: its own files, and pictures and films that it has
// made itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; " +
	"frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// foreign is the policy for a page that was made elsewhere: a report, which brings a policy with
// the hashes of its scripts. It gets an origin of its own, so that it can ask nothing of this
// server.
const foreign = "sandbox allow-scripts allow-downloads allow-popups; frame-ancestors 'self'"

// wrap returns a handler that lets through to next what comes from the page.
func (g *guard) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !g.ours(r.Host):
			fail(w, problem{http.StatusMisdirectedRequest,
				fmt.Errorf("this server is not %.100q", r.Host)})
		case !g.sameOrigin(r):
			fail(w, problem{http.StatusForbidden, fmt.Errorf("another page asked this")})
		case r.URL.Path == "/" && r.URL.Query().Has("token"):
			g.exchange(w, r)
		case !g.known(r):
			fail(w, hinted(http.StatusUnauthorized, "this browser has not shown the token",
				"open the address that snellen studio printed"))
		default:
			trust(r.Context())
			next.ServeHTTP(w, r)
		}
	})
}

// ours reports whether a request's host is this server. An ssh tunnel may have another port, so a
// port is not compared: a name would have to be one of the loopback's all the same.
func (g *guard) ours(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.Trim(name, "[]")
	own, _, _ := net.SplitHostPort(g.host)
	return name == own || name == "localhost" || name == "127.0.0.1"
}

// sameOrigin reports whether the page itself asks. What changes something must say so; a plain GET
// says so in its metadata, where the browser sends them.
func (g *guard) sameOrigin(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		return origin == "http://"+r.Host
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return site == "same-origin"
	}
	return site == "" || site == "same-origin" || site == "none" ||
		r.URL.Path == "/" && r.URL.Query().Has("token")
}

// exchange gives a cookie for the token. The answer is a page that goes on by itself: a redirect
// would still count as another site's request where a link on a page was followed, and carry no
// strict cookie.
func (g *guard) exchange(w http.ResponseWriter, r *http.Request) {
	if !same(r.URL.Query().Get("token"), g.token) {
		fail(w, hinted(http.StatusUnauthorized, "the token is another run's",
			"open the address that snellen studio printed last"))
		return
	}
	http.SetCookie(w, &http.Cookie{Name: g.cookie, Value: g.token, Path: "/", HttpOnly: true,
		SameSite: http.SameSiteStrictMode})
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, `<!DOCTYPE html><html lang="en"><meta charset="utf-8">`+
		`<title>snellen</title><link rel="icon" href="data:,"><meta http-equiv="refresh" content="0;url=/"><p><a href="/">Go on</a></p></html>`)
}

func (g *guard) known(r *http.Request) bool {
	c, err := r.Cookie(g.cookie)
	return err == nil && same(c.Value, g.token)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// hostname returns this machine's name for a hint.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "HOST"
	}
	return name
}

// quiet returns the server's log: browsers close connections at any time, which is no news.
func quiet(w io.Writer) *log.Logger {
	if w == nil {
		w = io.Discard
	}
	return log.New(w, "studio: ", 0)
}
