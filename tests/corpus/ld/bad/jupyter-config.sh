# ENV104: the server's configuration
echo 'c.Spawner.environment = {"LD_LIBRARY_PATH": "/usr/local/cuda/lib64"}' >> /etc/jupyterhub/jupyterhub_config.py
