# ENV104: yq in place
yq -i '.env.LD_LIBRARY_PATH = "/opt/x/lib"' /opt/x/config.yaml
