"""The typed YAML documents of a policy repository: settings, apps, waivers. Suites live with `bylaw.testing`."""
