"""Site profiles from elsewhere and from people: Shifter's udiRoot.conf becomes a profile, and profiles are judged."""
