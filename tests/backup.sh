# tests/backup.sh: a token with keys, and backups of them.  Sourced after lib.sh.
# shellcheck shell=bash

# extractable TOKEN LABEL ID TYPE: a key pair that may be wrapped.
extractable()
{
	pkcs11-tool --module "$MODULE" --token-label "$1" --login --pin 1234 --keypairgen --extractable \
		--label "$2" --id "$3" --key-type "$4" --usage-sign </dev/null >"$T/keygen.log" 2>&1
}

# line LABEL ID: the key-list line that names a key and tells nothing else.
line()
{
	printf -- '-\t%s\t%s\t-\t-\t-\t-\t-\t-\t-\t-\t-\n' "$1" "$2"
}

# objects TOKEN: what is really on it, without handles, in $T/objects.TOKEN.
objects()
{
	local module=$MODULE
	case $module in */faulty.so) module=$(softhsm_module) ;; esac
	pkcs11-tool --module "$module" --token-label "$1" --login --pin 1234 --list-objects </dev/null \
		2>/dev/null | sort >"$T/objects.$1"
}

# back_up FOLDER TOKEN OPTION...: a backup of the lines on standard input, shares for 2 of three holders.
back_up()
{
	local folder=$1 token=$2
	shift 2
	mkdir -p "$folder"
	run backup-create --output "$folder" --needed 2 --holder Anna --holder Bert --holder Carl \
		--module "$MODULE" --token "$token" --pin-fd 3 "$@" 3<"$T/pin"
}

# restore FOLDER TOKEN OPTION...: with shares 1 and 3.
restore()
{
	local folder=$1 token=$2
	shift 2
	run backup-restore --digest "$(cut -c -64 "$folder"/*.sha256sum)" --share "$folder"/*-1.share \
		--share "$folder"/*-3.share --module "$MODULE" --token "$token" --pin-fd 3 "$@" "$folder" 3<"$T/pin"
}
