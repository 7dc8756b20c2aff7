package store

import "syscall"

// networks are the file systems, by the number that statfs has for them, that several machines may
// share. See statfs(2) and linux/magic.h.
var networks = map[uint32]string{
	0x6969: "NFS", 0x517B: "SMB", 0xFF534D42: "SMB", 0xFE534D42: "SMB", 0x65735546: "FUSE",
	0x5346414F: "AFS", 0x00C36400: "Ceph", 0x0BD00BD0: "Lustre",
}

// Network returns the kind of the file system that the store is on, where that is one that several
// machines may share, or "". Only one machine may use a store: locks, appended lines and the times of
// files, which it is built on, do not work among several.
func (s *Store) Network() string { return network(s.dir) }

func network(dir string) string {
	var about syscall.Statfs_t
	if syscall.Statfs(dir, &about) != nil {
		return "" // it does not exist yet
	}
	return networks[uint32(about.Type)]
}
