#compdef devin-async

_cyclopts_devin-async() {
  local line state

  _arguments -C \
    '--help[Display this message and exit.]' \
    '-h[Display this message and exit.]' \
    '--version[Display application version.]' \
    '1: :->cmds' \
    '*::arg:->args'

  case $state in
    cmds)
      local -a commands
      commands=(
        'api:Send any request, and print the answer'\''s body.'
        'audit-logs:List, export, follow and verify audit logs.'
        'completion:Print the completion script of a shell.'
        'consumption:Show how many ACUs were used.'
        'demo:Run a health check over all organizations of a sandbox.'
        'doctor:Examine the way to the API, and what the key may do there.'
        'fan-out:Start a session with the same prompt in organizations.'
        'orgs:List the organizations of the enterprise.'
        'profile:Tell which profiles there are.'
        'sandbox:Serve a fake Devin API, or run a command against one.'
        'sessions:List, start, follow and end sessions.'
        'whoami:Tell who the key belongs to.'
      )
      _describe -t commands 'command' commands
      ;;
    args)
      case $words[1] in
        api)
          _arguments \
            '1:HTTP method, such as GET.' \
            '2:Path from its version on, such as /v3/self.' \
            '*--param[One parameter of the query, as name=value; may be given again, also the same na…]:param' \
            '*--input[Body, a JSON object or array; @FILE is read from a file, - from stdin.]:input' \
            '--paginate[Follow the cursors of a list, and print each item in a line.]' \
            '--debug[Show the traceback of an error.]' \
            '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
            '--json[Print one JSON object a line.]' \
            '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
        audit-logs)
          _arguments -C \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]' \
            '1: :->cmds' \
            '*::arg:->args'

          case $state in
            cmds)
              local -a commands
              commands=(
                'list:List audit logs, the newest first.'
                'export:Write audit logs to PATH, one JSON object a line, each exactly once.'
                'tail:Print audit logs as they appear, until interrupted.'
                'verify:Check a finished export against its manifest, row by row.'
              )
              _describe -t commands 'command' commands
              ;;
            args)
              case $words[1] in
                list)
                  case ${words[CURRENT]} in
                    --order=*)
                      compset -P '--order='
                      compadd -- 'asc' 'desc'
                      return
                      ;;
                  esac
                  _arguments \
                    '*--since[Start in UTC, such as 2026-01-31, 2026-01-31T08\:00\:00Z or 7d (7 days ago).]:since' \
                    '*--until[End.]:until' \
                    "*--order[Oldest (asc) or newest (desc) first.]:order:(asc desc)" \
                    '*--action[Only this action, such as create_session.]:action' \
                    '*--org[Of this organization, by its id or name, instead of the whole enterprise.]:org' \
                    '*--limit[How many at the most; 0 for all.]:limit' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                export)
                  case ${words[CURRENT]} in
                    --order=*)
                      compset -P '--order='
                      compadd -- 'asc' 'desc'
                      return
                      ;;
                  esac
                  _arguments \
                    '1:File, compressed if it ends in .gz; with --each-organization a directory that i…:_files' \
                    '*--since[Start in UTC, such as 2026-01-31, 2026-01-31T08\:00\:00Z or 7d (7 days ago). An e…]:since' \
                    '*--until[End; left out, it is 30 seconds before the first start. A later one is waited f…]:until' \
                    "*--order[Oldest or newest first.]:order:(asc desc)" \
                    '*--action[Only this action, such as create_session.]:action' \
                    '*--org[Of this organization, by its id or name, instead of the whole enterprise.]:org' \
                    '--each-organization[A file for each organization.]' \
                    '--compressed[Compress the files of --each-organization.]' \
                    '*--parallel[Requests at once.]:parallel' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                tail)
                  case ${words[CURRENT]} in
                    --checkpoint=*)
                      compset -P '--checkpoint='
                      _files
                      return
                      ;;
                  esac
                  _arguments \
                    '*--since[Start in UTC, such as 2026-01-31 or 15m (15 minutes ago); left out, it is now.]:since' \
                    '*--action[Only this action, such as create_session.]:action' \
                    '*--org[Of this organization, by its id or name, instead of the whole enterprise.]:org' \
                    '*--settle[Seconds that a log may appear late.]:settle' \
                    '*--interval[Seconds between two rounds.]:interval' \
                    '*--checkpoint[File that holds how far it was printed\: given again, it goes on there, and --si…]:checkpoint:_files' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                verify)
                  _arguments \
                    '1:File that export wrote.:_files' \
                    '--debug[Show the traceback of an error.]' \
                    '--json[Print one JSON object a line.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
              esac
              ;;
          esac
          ;;
        completion)
          _arguments \
            "1:Shell that it is for.:(bash zsh fish)" \
            '--debug[Show the traceback of an error.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
        consumption)
          case ${words[CURRENT]} in
            --by=*)
              compset -P '--by='
              compadd -- 'organization' 'day' 'user'
              return
              ;;
            --svg=*)
              compset -P '--svg='
              _files
              return
              ;;
          esac
          _arguments \
            "*--by[What the bars are\: organizations, days, or users (people and, of the enterprise…]:by:(organization day user)" \
            '*--org[Only this organization, by its id or name; DEVIN_ORG_ID is not looked at.]:org' \
            '*--since[First billing day, such as 2026-01-31; 7d means the last seven, the current one…]:since' \
            '*--until[Last billing day, included; left out, the current one.]:until' \
            '*--top[How many bars there are at the most; other forms have all rows.]:top' \
            '*--svg[File to write the chart to.]:svg:_files' \
            '--csv[Print comma-separated values, with a header; a cell that a spreadsheet would ta…]' \
            '--debug[Show the traceback of an error.]' \
            '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
            '--json[Print one JSON object a line.]' \
            '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
        demo)
          _arguments \
            '*--organizations[How many there are.]:organizations' \
            '*--audit-logs[How many there are in 90 days.]:audit-logs' \
            '*--seed[Decides every name and id.]:seed' \
            '--debug[Show the traceback of an error.]' \
            '--json[Print one JSON object a line.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
        doctor)
          case ${words[CURRENT]} in
            --report=*)
              compset -P '--report='
              _files
              return
              ;;
          esac
          _arguments \
            '*--org[Id or name of the organization to look at; left out, the key'\''s, or the first on…]:org' \
            '*--pause[How long between two requests, such as 1s; left out, a quarter of a second.]:pause' \
            '*--report[File to write a report to that can be shown to others\: it holds types and paths…]:report:_files' \
            '--debug[Show the traceback of an error.]' \
            '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
            '--json[Print one JSON object a line.]' \
            '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
        fan-out)
          case ${words[CURRENT]} in
            --file=*)
              compset -P '--file='
              _files
              return
              ;;
            --out=*)
              compset -P '--out='
              _files
              return
              ;;
            --ledger=*)
              compset -P '--ledger='
              _files
              return
              ;;
          esac
          _arguments \
            '1:What to do, {org_name} and {org_id} stand for the organization'\''s; left out, it …' \
            '*--file[File that holds the prompt, in UTF-8; - is stdin.]:file:_files' \
            '*--org[Id or name of an organization; may be given again. Left out, it is all of them.]:org' \
            '*--concurrency[How many at once.]:concurrency' \
            '*--budget[ACUs that all sessions together may use; needs --max-acu-limit.]:budget' \
            '--no-limit[Start sessions without --max-acu-limit\: each can use any number.]' \
            '--yes[Start without asking; for programs.]' \
            '*--once[Key of the work\: an organization that has a session of this key gets no second …]:once' \
            '--dry-run[Show what would be sent.]' \
            '--probe-first[Start the first ones alone, and end if the key may not start them.]' \
            '--repeats[Start a session each time that the list gives an organization; it can show one …]' \
            '*--out[File to add each outcome to, one JSON object a line; left out on a terminal, it…]:out:_files' \
            '*--ledger[File that remembers what was started; given again, the job goes on.]:ledger:_files' \
            '*--run[Name of the job in the ledger, such as the day; left out, fan-out.]:run' \
            '--retry-failed[Start again what failed.]' \
            '--rerun-unknown[Start again what may have been started; needs --once.]' \
            '*--title[Title of the session; made up when left out.]:title' \
            '*--tag[Tag; may be given again.]:tag' \
            '*--repo[Repository as owner/name; may be given again.]:repo' \
            '*--playbook-id[Playbook to follow.]:playbook-id' \
            '*--devin-mode[normal, fast, lite, ultra or fusion; left out, the organization'\''s.]:devin-mode' \
            '*--max-acu-limit[ACUs that the session may use at the most.]:max-acu-limit' \
            '--allow-unknown[Send a --devin-mode that is not among those.]' \
            '--debug[Show the traceback of an error.]' \
            '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
            '--json[Print one JSON object a line.]' \
            '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
        orgs)
          _arguments \
            '--debug[Show the traceback of an error.]' \
            '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
            '--json[Print one JSON object a line.]' \
            '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
        profile)
          _arguments -C \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]' \
            '1: :->cmds' \
            '*::arg:->args'

          case $state in
            cmds)
              local -a commands
              commands=(
                'list:List the profiles, and where each takes its key from; no key is read.'
              )
              _describe -t commands 'command' commands
              ;;
            args)
              case $words[1] in
                list)
                  _arguments \
                    '--debug[Show the traceback of an error.]' \
                    '--json[Print one JSON object a line.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
              esac
              ;;
          esac
          ;;
        sandbox)
          _arguments \
            '*:What to run against the sandbox; left out, it is served until Ctrl-C.' \
            '*--host[Address to listen on.]:host' \
            '*--port[Port to listen on; 0 chooses one.]:port' \
            '*--organizations[How many there are.]:organizations' \
            '*--audit-logs[How many are computed.]:audit-logs' \
            '*--sessions[How many each organization starts with.]:sessions' \
            '*--seed[Decides every name and id.]:seed' \
            '*--speed[Sandbox seconds per real second; at 60 a session takes a second.]:speed' \
            '*--failing-organizations[How many refuse to create sessions.]:failing-organizations' \
            '*--faults[Share of requests that something passing goes wrong with, below 1.]:faults' \
            '--debug[Show the traceback of an error.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
        sessions)
          _arguments -C \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]' \
            '1: :->cmds' \
            '*::arg:->args'

          case $state in
            cmds)
              local -a commands
              commands=(
                'run:Start a session, print its messages and how it settled.'
                'wait:Wait until sessions have settled.'
                'follow:Print the messages of a session as they come.'
                'watch:Print what happens in a session as it happens.'
                'list:List sessions of an organization, or of all.'
                'get:Show sessions as they are now, with the output that they were asked for.'
                'messages:Print the messages of a session, oldest first; sessions follow waits for more.'
                'open:Open a session in the browser, and print its URL.'
                'create:Start a session and say where it is.'
                'message:Send a message to a session, which wakes a suspended one.'
                'terminate:End sessions for good.'
                'archive:Put sessions away\: lists leave them out, and nothing else changes.'
              )
              _describe -t commands 'command' commands
              ;;
            args)
              case $words[1] in
                run)
                  case ${words[CURRENT]} in
                    --file=*)
                      compset -P '--file='
                      _files
                      return
                      ;;
                    --schema=*)
                      compset -P '--schema='
                      _files
                      return
                      ;;
                  esac
                  _arguments \
                    '1:What to do; left out, it is read from --file or stdin. One that begins with a d…' \
                    '*--file[File that holds the prompt, in UTF-8; - is stdin.]:file:_files' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '*--once[Key of this piece of work\: given again, the session that has it is followed ins…]:once' \
                    '*--schema[File with the JSON Schema of the output that is wanted.]:schema:_files' \
                    '*--timeout[How long to wait, such as 90s or 2h; the session goes on afterwards.]:timeout' \
                    '*--interval[How long between the first looks.]:interval' \
                    '*--title[Title of the session; made up when left out.]:title' \
                    '*--tag[Tag; may be given again.]:tag' \
                    '*--repo[Repository as owner/name; may be given again.]:repo' \
                    '*--playbook-id[Playbook to follow.]:playbook-id' \
                    '*--devin-mode[normal, fast, lite, ultra or fusion; left out, the organization'\''s.]:devin-mode' \
                    '*--max-acu-limit[ACUs that the session may use at the most.]:max-acu-limit' \
                    '--allow-unknown[Send a --devin-mode that is not among those.]' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                wait)
                  _arguments \
                    '*:Sessions, by id (with or without devin-) or URL; 100 of them cost one request a…' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '*--timeout[How long to wait, such as 90s or 2h.]:timeout' \
                    '*--interval[How long between the first looks.]:interval' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                follow)
                  _arguments \
                    '1:Session, by id (with or without devin-) or URL.' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '*--timeout[How long at the most, such as 90s or 2h; left out, as long as it takes.]:timeout' \
                    '*--interval[How long between two looks while there is news.]:interval' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                watch)
                  _arguments \
                    '1:Session, by id (with or without devin-) or URL.' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '*--timeout[How long at the most, such as 90s or 2h; left out, as long as it takes.]:timeout' \
                    '*--interval[How long between two looks while there is news.]:interval' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                list)
                  _arguments \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '--all-orgs[Of the whole enterprise, which needs ViewAccountSessions.]' \
                    '*--since[Created since then, in UTC\: 2026-01-31, 2026-01-31T08\:00\:00Z or 7d (7 days ago).]:since' \
                    '*--until[Created before then.]:until' \
                    '*--tag[With this tag; given again, with any of them.]:tag' \
                    '*--limit[How many at the most; 0 for all.]:limit' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                get)
                  _arguments \
                    '*:Sessions, by id (with or without devin-) or URL.' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                messages)
                  _arguments \
                    '1:Session, by id (with or without devin-) or URL.' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '*--limit[How many at the most; 0 for all.]:limit' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                open)
                  _arguments \
                    '1:Session, by id (with or without devin-) or URL.' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '--print[Print the URL only.]' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                create)
                  case ${words[CURRENT]} in
                    --file=*)
                      compset -P '--file='
                      _files
                      return
                      ;;
                  esac
                  _arguments \
                    '1:What to do; left out, it is read from --file or stdin. One that begins with a d…' \
                    '*--file[File that holds the prompt, in UTF-8; - is stdin.]:file:_files' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '*--once[Key of this piece of work\: given again, the session that has it is shown instea…]:once' \
                    '--dry-run[Show the request instead of sending it.]' \
                    '*--title[Title of the session; made up when left out.]:title' \
                    '*--tag[Tag; may be given again.]:tag' \
                    '*--repo[Repository as owner/name; may be given again.]:repo' \
                    '*--playbook-id[Playbook to follow.]:playbook-id' \
                    '*--devin-mode[normal, fast, lite, ultra or fusion; left out, the organization'\''s.]:devin-mode' \
                    '*--max-acu-limit[ACUs that the session may use at the most.]:max-acu-limit' \
                    '--allow-unknown[Send a --devin-mode that is not among those.]' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                message)
                  case ${words[CURRENT]} in
                    --file=*)
                      compset -P '--file='
                      _files
                      return
                      ;;
                  esac
                  _arguments \
                    '1:Session, by id (with or without devin-) or URL.' \
                    '2:What to write; left out, it is read from --file or stdin.' \
                    '*--file[File that holds the text, in UTF-8; - is stdin.]:file:_files' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '--wait[Wait until the session has settled again, print what it answered, and exit as s…]' \
                    '*--timeout[How long to wait, such as 90s or 2h.]:timeout' \
                    '*--interval[How long between the first looks.]:interval' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                terminate)
                  _arguments \
                    '*:Sessions, by id (with or without devin-) or URL.' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '--archive[Put them away as well.]' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
                archive)
                  _arguments \
                    '*:Sessions, by id (with or without devin-) or URL.' \
                    '*--org[Id or name of the organization; left out, it is DEVIN_ORG_ID.]:org' \
                    '--debug[Show the traceback of an error.]' \
                    '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
                    '--json[Print one JSON object a line.]' \
                    '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
                    '--help[Display this message and exit.]' \
                    '-h[Display this message and exit.]' \
                    '--version[Display application version.]'

                  ;;
              esac
              ;;
          esac
          ;;
        whoami)
          _arguments \
            '--debug[Show the traceback of an error.]' \
            '*--profile[Profile to use; left out, DEVIN_PROFILE or the environment.]:profile' \
            '--json[Print one JSON object a line.]' \
            '--raw[Print text of others as it came\: no escapes, no quoted formulas.]' \
            '--help[Display this message and exit.]' \
            '-h[Display this message and exit.]' \
            '--version[Display application version.]'

          ;;
      esac
      ;;
  esac
}
