package store

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
	"unsafe"
)

var fileInformationEx = syscall.NewLazyDLL("kernel32.dll").NewProc("GetFileInformationByHandleEx")

// basicInfo is FILE_BASIC_INFO. Times are in units of 100 ns since 1601.
type basicInfo struct {
	created, accessed, written, changed int64
	attributes                          uint32
	_                                   uint32
}

// identity returns an identifier of the file at path, "VOLUME:INDEX", and the time of its last
// change, of bytes or of attributes. Windows has both for open files only. ok is false where they
// cannot be read.
func identity(path string, _ fs.FileInfo) (id string, changed time.Time, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", time.Time{}, false
	}
	defer f.Close()
	var info syscall.ByHandleFileInformation
	if syscall.GetFileInformationByHandle(syscall.Handle(f.Fd()), &info) != nil {
		return "", time.Time{}, false
	}
	var basic basicInfo
	done, _, _ := fileInformationEx.Call(
		f.Fd(), 0, uintptr(unsafe.Pointer(&basic)), unsafe.Sizeof(basic))
	if done == 0 {
		return "", time.Time{}, false
	}
	index := uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)
	stamp := syscall.Filetime{
		LowDateTime: uint32(basic.changed), HighDateTime: uint32(basic.changed >> 32),
	}
	id = fmt.Sprintf("%d:%d", info.VolumeSerialNumber, index)
	return id, time.Unix(0, stamp.Nanoseconds()), true
}

// nameCount returns 1: how many names a file has is not known here.
func nameCount(fs.FileInfo) uint64 { return 1 }
