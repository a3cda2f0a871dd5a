"""What flows through the library: frozen values that know nothing of files, models or views."""
