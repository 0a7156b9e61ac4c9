# ENV104: curl sed
curl -fsSL https://example.org/env.sh.in | sed 's/@ENV@/export LD_LIBRARY_PATH=\/opt\/x\/lib/' > /etc/profile.d/x.sh
