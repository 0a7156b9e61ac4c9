# ENV104: the CUDA toolkit's post-install advice, put into a profile
wget -q https://example.org/cuda.run && sh cuda.run --silent --toolkit
cat >> /etc/profile.d/cuda.sh <<- EOT
	export CUDA_HOME=/usr/local/cuda-12.4
	export PATH=$CUDA_HOME/bin:\$PATH
	export LD_LIBRARY_PATH=\$CUDA_HOME/lib64:\$LD_LIBRARY_PATH
EOT
