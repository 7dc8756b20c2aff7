package standin

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// FuzzRequests checks that the stand-in answers any request, by JSON, and never by a failure of its
// own. It reaches no S3.
func FuzzRequests(f *testing.F) {
	for target, bodies := range map[string][]string{
		"SageMaker.ListTrainingJobs": {`{"MaxResults":1,"SortBy":"Name","NextToken":"MQ=="}`,
			`{"CreationTimeAfter":1e300}`},
		"SageMaker.DescribeTrainingJob": {`{"TrainingJobName":"x"}`},
		"SageMaker.CreateEndpointConfig": {`{"EndpointConfigName":"c","ProductionVariants":` +
			`[{"VariantName":"v","ModelName":"m","InitialInstanceCount":1,"InstanceType":"ml.m5.large"}]}`},
		"SageMaker.AddTags":                                 {`{"ResourceArn":"arn:aws:sagemaker:us-east-1:123456789012:model/m","Tags":[{"Key":"a","Value":"b"}]}`},
		"Logs_20140328.GetLogEvents":                        {`{"logGroupName":"/aws/sagemaker/TrainingJobs","logStreamName":"x","nextToken":"f/1/2/s"}`},
		"Logs_20140328.FilterLogEvents":                     {`{"logGroupName":"x","filterPattern":"?"}`},
		"AWSPriceListService.GetProducts":                   {`{"ServiceCode":"AmazonSageMaker","NextToken":"LTE="}`},
		"ServiceQuotasV20190624.ListServiceQuotas":          {`{"ServiceCode":"sagemaker","MaxResults":1}`},
		"GraniteServiceVersion20100801.GetMetricStatistics": {`{}`},
	} {
		for _, body := range bodies {
			f.Add(target, "/", body)
		}
	}
	f.Add("", "/endpoints/a%2Fb/invocations", "x")
	s, err := Start(Options{S3: s3.New(s3.Options{Region: "us-east-1", RetryMaxAttempts: 1,
		BaseEndpoint: aws.String("http://127.0.0.1:1")})})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, target, path, body string) {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
		r.URL.Path = path
		r.Header.Set("X-Amz-Target", target)
		prefix, _, _ := strings.Cut(target, ".")
		service := targets[prefix+"."]
		if service == "" {
			service = "sagemaker"
		}
		at := time.Now().UTC().Format("20060102T150405Z")
		r.Header.Set("X-Amz-Date", at)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=A/"+at[:8]+"/us-east-1/"+service+
			"/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError && w.Body.Len() > 0 {
			t.Errorf("%s: %s", target, w.Body)
		}
		if w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %q", target, w.Body)
		}
	})
}

// FuzzLists checks that each image of a list that can be read is in its folder, and that each of its
// lines is counted.
func FuzzLists(f *testing.F) {
	dir := f.TempDir()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 2, 3))); err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"x.png", "y"} {
		if err := os.WriteFile(filepath.Join(dir, name), picture.Bytes(), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	f.Add("0\t1\tx.png\n1\t0\ty\n")
	f.Add("0\t1e18\tx.png\n0\tNaN\tx.png")
	f.Add("0\t1\tx.png\n" + strings.Repeat("x", 70_000) + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		d := &dataset{channels: map[string]string{"train": dir}}
		n, err := d.readList("train", strings.NewReader(text))
		if err != nil {
			return
		}
		if lines := strings.Count(strings.TrimSuffix(text, "\n"), "\n") + 1; text != "" && n != lines {
			t.Errorf("%d of %d lines", n, lines)
		}
		if n > 0 && (d.width != 2 || d.height != 3) || d.highest < 0 {
			t.Errorf("%dx%d, label %d", d.width, d.height, d.highest)
		}
	})
}

// sparse returns an archive of a few blocks with a file of a mebibyte, which is one hole.
func sparse() string {
	block := func(name string, kind byte, size int) string {
		b := make([]byte, 512)
		copy(b, name)
		copy(b[100:], "0000644\x000000000\x000000000\x00")
		copy(b[124:], fmt.Sprintf("%011o\x0000000000000\x00        ", size))
		b[156] = kind
		copy(b[257:], "ustar\x0000")
		sum := 0
		for _, c := range b {
			sum += int(c)
		}
		copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
		return string(b)
	}
	pad := func(text string) string { return text + strings.Repeat("\x00", 512-len(text)%512) }
	head := ""
	for _, pair := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0",
		"GNU.sparse.name=hole", "GNU.sparse.realsize=1048576"} {
		head += fmt.Sprintf("%02d %s\n", len(pair)+4, pair)
	}
	return block("pax", 'x', len(head)) + pad(head) + block("hole", '0', 512) + pad("0\n") +
		strings.Repeat("\x00", 1024)
}

// FuzzUnpack checks that nothing of an archive lands outside its folder, and that only regular files
// do.
func FuzzUnpack(f *testing.F) {
	archive := func(headers ...tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range headers {
			if err := w.WriteHeader(&h); err != nil {
				f.Fatal(err)
			}
			w.Write(make([]byte, h.Size))
		}
		w.Close()
		return b.Bytes()
	}
	f.Add(archive(tar.Header{Name: "a/b", Size: 3, Mode: 0o644}, tar.Header{Name: "c/", Typeflag: '5'}))
	f.Add([]byte(sparse()))
	f.Add(archive(tar.Header{Name: "../x", Size: 3, Mode: 0o644}))
	f.Add(archive(tar.Header{Name: "l", Linkname: "/etc", Typeflag: '2'},
		tar.Header{Name: "l/x", Size: 1, Mode: 0o644}))
	f.Fuzz(func(t *testing.T, data []byte) {
		root := t.TempDir()
		const most = 1 << 10
		unpack(tar.NewReader(bytes.NewReader(data)), filepath.Join(root, "in"), most)
		sum := int64(0)
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			if !e.Type().IsRegular() ||
				!strings.HasPrefix(path, filepath.Join(root, "in")+string(filepath.Separator)) {
				t.Errorf("%s", path)
			}
			fi, err := e.Info()
			if err == nil {
				sum += fi.Size()
			}
			return err
		})
		if err != nil || sum > most {
			t.Errorf("%d bytes, %v", sum, err)
		}
	})
}
