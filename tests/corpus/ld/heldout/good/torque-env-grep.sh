# Torque, env grep
env | grep -v '^LD_LIBRARY_PATH=' | sort > /tmp/env.txt
