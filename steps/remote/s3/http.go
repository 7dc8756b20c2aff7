package s3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// maxAnswer bounds an answer that holds no blob, in bytes: a page of a listing has a few hundred
// thousand. What an error says is shorter, and so are headers.
const (
	maxAnswer = 2 << 20
	maxError  = 64 << 10
)

// errLong is the error of an answer that does not end.
var errLong = errors.New("the answer is too long")

// The keys of what a request's context holds.
type (
	bytesKey  struct{}
	meterKey  struct{}
	reportKey struct{}
)

// forBytes says that the answer holds a blob's bytes, which the caller bounds.
func forBytes(ctx context.Context) context.Context {
	return context.WithValue(ctx, bytesKey{}, true)
}

// reported says who hears how many bytes of a request's body were sent.
func reported(ctx context.Context, report func(int64)) context.Context {
	return context.WithValue(ctx, reportKey{}, report)
}

// A doer makes requests for the SDK, bounds their answers and counts the bytes of both.
type doer struct{ client *http.Client }

// Do implements aws.HTTPClient.
func (d *doer) Do(r *http.Request) (*http.Response, error) {
	m, _ := r.Context().Value(meterKey{}).(*meter)
	if m != nil && r.Body != nil && r.Body != http.NoBody {
		report, _ := r.Context().Value(reportKey{}).(func(int64))
		r.Body = &counted{ReadCloser: r.Body, meter: m, report: report}
	}
	answer, err := d.client.Do(r)
	if err != nil {
		return nil, err
	}
	if m != nil {
		answer.Body = &counted{ReadCloser: answer.Body, meter: m}
	}
	switch blob := r.Context().Value(bytesKey{}) != nil; {
	case answer.StatusCode >= 300:
		answer.Body = &bounded{answer.Body, maxError}
	case !blob:
		answer.Body = &bounded{answer.Body, maxAnswer}
	}
	return answer, nil
}

// A bounded body fails where it has more bytes than left.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.ReadCloser.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, errLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// A meter counts the bytes of what goes on.
type meter struct{ bytes atomic.Int64 }

// A counted body adds what is read of it to a meter.
type counted struct {
	io.ReadCloser
	meter  *meter
	report func(int64) // nil: nobody hears how many bytes were read
	sum    int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.meter.bytes.Add(int64(n))
	if c.sum += int64(n); c.report != nil && n > 0 {
		c.report(c.sum)
	}
	return n, err
}

// samples is how often a meter is read in a window.
const samples = 6

// watched returns a context whose requests are counted, and which is cancelled where too few bytes
// come or go in a window of time. The caller calls stop.
func watched(ctx context.Context, l limits) (_ context.Context, stop func()) {
	m := new(meter)
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, meterKey{}, m))
	go func() {
		tick := time.NewTicker(l.window / samples)
		defer tick.Stop()
		var past [samples]int64 // what the meter said, the oldest first
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			now := m.bytes.Load()
			if n >= samples-1 && now-past[0] < l.least {
				cancel(stalledError(l))
				return
			}
			copy(past[:], past[1:])
			past[samples-1] = now
		}
	}()
	return ctx, func() { cancel(nil) }
}
