"""What happens when things break: processes killed at every site, servers that are down, full disks."""
