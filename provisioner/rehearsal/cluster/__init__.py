"""A real etcd and a real kube-apiserver for each rehearsed Sovereign."""
