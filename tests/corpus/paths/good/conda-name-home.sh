# quiet: an environment that is called home
conda create -n home python=3.11
pip install homebrew-tools scratch==1.0
