# quiet: the package manager's own places
apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf /var/lib/apt/lists/* /tmp/* /var/cache/apt/*
echo 'Acquire::Retries "3";' > /etc/apt/apt.conf.d/80retries
