package folder

import "io/fs"

// errReadOnly is what a file system that is for reading alone says.
var errReadOnly = fs.ErrPermission
