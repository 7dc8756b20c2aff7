package export

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"snellen/engine/regular"
)

// lockFile opens what stands for a folder when it is locked. Windows locks no folder, and a file in
// it would be taken for a foreign one; so it is a file of that name among the temporary ones, which
// keeps apart the exports of one person.
func lockFile(folder *os.Root) (*os.File, error) {
	path, err := filepath.Abs(folder.Name())
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("snellen-export-%x.lock", sha256.Sum256([]byte(strings.ToLower(path))))
	return regular.OpenFile(filepath.Join(os.TempDir(), name), os.O_CREATE|os.O_RDWR, 0o666)
}
