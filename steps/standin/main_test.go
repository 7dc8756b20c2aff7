package standin_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"snellen/steps/standin"
)

// The test program also plays the parent of an S3 server that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SNELLEN_TEST_S3"); dir != "" {
		parent(dir)
		return
	}
	code := m.Run()
	if started {
		if store, err := storage(); err == nil {
			store.Close()
		}
	}
	os.Exit(code)
}

func parent(dir string) {
	program, err := standin.FindS3(context.Background())
	if err != nil {
		panic(err)
	}
	store, err := standin.StartS3(context.Background(), program, dir, region)
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.TrimPrefix(store.URL, "http://"))
	io.Copy(io.Discard, os.Stdin) // held open by the test: it ends only by being killed
}

func TestS3DiesWithItsParent(t *testing.T) {
	if _, err := storage(); err != nil {
		t.Skipf("no S3 server: %v", err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "SNELLEN_TEST_S3="+t.TempDir())
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimSpace(address))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.Process.Kill()
	if n, err := conn.Read(make([]byte, 1)); err == nil { // returns when the server is gone
		t.Errorf("the server said %d bytes", n)
	}
	c.Wait()
}
