# ENV106: ros entrypoint
printf '#!/bin/bash\nset -e\nexport LD_LIBRARY_PATH=%s\nexec "$@"\n' /opt/x/lib > /ros_entrypoint.sh && chmod +x /ros_entrypoint.sh
