package folder

import "errors"

func mkfifo(string, string) error { return errors.New("Windows has no named pipes in folders") }
