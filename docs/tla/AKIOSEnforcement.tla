-------------------------- MODULE AKIOSEnforcement --------------------------
(***************************************************************************)
(* The gate of AKIOS Console: runs that share one budget, each effect of a *)
(* run going through decide, reserve, redact, intent, effect, clean and    *)
(* record, while the helper may crash, the scanner or the ledger may fail, *)
(* the cage may fall and a person may lower it.                            *)
(*                                                                         *)
(* Every guard has a name. A name in the constant Off removes that guard;  *)
(* Off = {} is the product. README.md says which invariant each one keeps. *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Runs,        \* runs that share the budget
    MaxSteps,    \* effects of each run
    Limit,       \* budget
    Cost,        \* worst case of one effect, reserved before it
    MaxFaults,   \* how often the cage falls or is lowered
    MaxCrashes,  \* how often the helper stops
    Off          \* names of removed guards

VARIABLES
    workflow_status, \* state of each run
    step,            \* effects of each run that are recorded
    phase,           \* where the effect under way stands
    rules,           \* which rules match the effect under way
    decision,        \* what the policy decided about it
    held,            \* money reserved for it
    budget_spent,    \* money settled, of all runs
    pii_redacted,    \* its arguments were cleaned
    result_clean,    \* its result was cleaned
    audit_log,       \* durable rows: per run and step
    sandbox_up,      \* the cage is proved up
    lowering,        \* a person asked for the cage to come down
    helper_up,       \* the helper runs
    faults_left,
    crashes_left,
    killed,          \* runs the budget stopped
    overrun,         \* a provider claimed more than was reserved for it
    late,            \* runs that reserved after such a claim
    world,           \* effects that happened, each with the facts of its moment
    times,           \* how often each effect happened
    delivered        \* whether results that were handed on were clean

vars == <<workflow_status, step, phase, rules, decision, held, budget_spent,
          pii_redacted, result_clean, audit_log, sandbox_up, lowering,
          helper_up, faults_left, crashes_left, killed, overrun, late, world,
          times, delivered>>

Steps == 1..MaxSteps
Phases == {"idle", "proposed", "decided", "reserved", "redacted", "intended",
           "effected", "cleaned"}
EndStates == {"completed", "failed", "denied", "killed", "unknown"}
RuleSets == {"none", "allow", "deny", "both"}

Effects == [run : Runs, step : Steps, allow : BOOLEAN, deny : BOOLEAN,
            redacted : BOOLEAN, logged : BOOLEAN, cage : BOOLEAN]

(* Money reserved by all runs: each holds Cost or nothing. *)
Reserved == Cost * Cardinality({r \in Runs : held[r] > 0})

(* A claim beyond a reservation closes the budget for all who share it. *)
Fits ==
    /\ ~overrun \/ "overrun" \in Off
    /\ budget_spent + Reserved + Cost <= Limit

Open(r, s) == audit_log[r][s] = "intent"

HasOpen(r) == \E s \in Steps : Open(r, s)

Running(r) == workflow_status[r] = "running" /\ helper_up

-----------------------------------------------------------------------------

Init ==
    /\ workflow_status = [r \in Runs |-> "pending"]
    /\ step = [r \in Runs |-> 0]
    /\ phase = [r \in Runs |-> "idle"]
    /\ rules = [r \in Runs |-> "none"]
    /\ decision = [r \in Runs |-> "none"]
    /\ held = [r \in Runs |-> 0]
    /\ budget_spent = 0
    /\ pii_redacted = [r \in Runs |-> FALSE]
    /\ result_clean = [r \in Runs |-> FALSE]
    /\ audit_log = [r \in Runs |-> [s \in Steps |-> "none"]]
    /\ sandbox_up = TRUE
    /\ lowering = FALSE
    /\ helper_up = TRUE
    /\ faults_left = MaxFaults
    /\ crashes_left = MaxCrashes
    /\ killed = [r \in Runs |-> FALSE]
    /\ overrun = FALSE
    /\ late = {}
    /\ world = {}
    /\ times = [r \in Runs |-> [s \in Steps |-> 0]]
    /\ delivered = {}

-----------------------------------------------------------------------------
(* A run begins only in a cage that is up and stays up. *)

StartWorkflow(r) ==
    /\ workflow_status[r] = "pending"
    /\ helper_up
    /\ sandbox_up
    /\ ~lowering
    /\ workflow_status' = [workflow_status EXCEPT ![r] = "running"]
    /\ UNCHANGED <<step, phase, rules, decision, held, budget_spent,
                   pii_redacted, result_clean, audit_log, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

RefuseStart(r) ==
    /\ workflow_status[r] = "pending"
    /\ helper_up
    /\ lowering \/ ~sandbox_up
    /\ workflow_status' = [workflow_status EXCEPT ![r] = "failed"]
    /\ UNCHANGED <<step, phase, rules, decision, held, budget_spent,
                   pii_redacted, result_clean, audit_log, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

CompleteWorkflow(r) ==
    /\ Running(r)
    /\ phase[r] = "idle"
    /\ step[r] = MaxSteps
    /\ workflow_status' = [workflow_status EXCEPT ![r] = "completed"]
    /\ UNCHANGED <<step, phase, rules, decision, held, budget_spent,
                   pii_redacted, result_clean, audit_log, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

(* Ends a run: closes its open intent, charges an effect that has happened *)
(* in full, releases what is held for one that has not.                    *)
EndRun(r, status) ==
    /\ workflow_status' = [workflow_status EXCEPT ![r] = status]
    /\ killed' = [killed EXCEPT ![r] = (status = "killed")]
    /\ audit_log' = [audit_log EXCEPT ![r] =
           [s \in Steps |->
               IF audit_log[r][s] = "intent" /\ "close" \notin Off
               THEN "closed"
               ELSE audit_log[r][s]]]
    /\ budget_spent' = budget_spent +
           (IF phase[r] \in {"effected", "cleaned"} THEN held[r] ELSE 0)
    /\ held' = [held EXCEPT ![r] = 0]
    /\ phase' = [phase EXCEPT ![r] = "idle"]
    /\ rules' = [rules EXCEPT ![r] = "none"]
    /\ decision' = [decision EXCEPT ![r] = "none"]
    /\ pii_redacted' = [pii_redacted EXCEPT ![r] = FALSE]
    /\ result_clean' = [result_clean EXCEPT ![r] = FALSE]
    /\ UNCHANGED <<step, sandbox_up, lowering, helper_up, faults_left,
                   crashes_left, world, times, delivered>>

Stop(r, status) == EndRun(r, status) /\ UNCHANGED <<overrun, late>>

-----------------------------------------------------------------------------
(* The gate, one action for each phase. *)

Propose(r) ==
    /\ Running(r)
    /\ phase[r] = "idle"
    /\ step[r] < MaxSteps
    /\ ~lowering
    /\ phase' = [phase EXCEPT ![r] = "proposed"]
    /\ \E m \in RuleSets : rules' = [rules EXCEPT ![r] = m]
    /\ UNCHANGED <<workflow_status, step, decision, held, budget_spent,
                   pii_redacted, result_clean, audit_log, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

Verdict(m) ==
    IF m \in {"deny", "both"} /\ "deny" \notin Off
    THEN "deny"
    ELSE IF m \in {"allow", "both"} \/ "default" \in Off
         THEN "allow"
         ELSE "deny"

Decide(r) ==
    /\ Running(r)
    /\ phase[r] = "proposed"
    /\ phase' = [phase EXCEPT ![r] = "decided"]
    /\ decision' = [decision EXCEPT ![r] = Verdict(rules[r])]
    /\ UNCHANGED <<workflow_status, step, rules, held, budget_spent,
                   pii_redacted, result_clean, audit_log, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

RefusePolicy(r) ==
    /\ Running(r)
    /\ phase[r] = "decided"
    /\ decision[r] # "allow"
    /\ Stop(r, "denied")

Reserve(r) ==
    /\ Running(r)
    /\ phase[r] = "decided"
    /\ decision[r] = "allow" \/ "permit" \in Off
    /\ Fits \/ "budget" \in Off
    /\ phase' = [phase EXCEPT ![r] = "reserved"]
    /\ held' = [held EXCEPT ![r] = Cost]
    /\ late' = IF overrun THEN late \union {r} ELSE late
    /\ UNCHANGED <<workflow_status, step, rules, decision, budget_spent,
                   pii_redacted, result_clean, audit_log, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, world, times, delivered>>

CostKill(r) ==
    /\ Running(r)
    /\ phase[r] = "decided"
    /\ decision[r] = "allow"
    /\ ~Fits
    /\ Stop(r, "killed")

Redact(r) ==
    /\ Running(r)
    /\ phase[r] = "reserved"
    /\ phase' = [phase EXCEPT ![r] = "redacted"]
    /\ \E ok \in BOOLEAN :
           pii_redacted' = [pii_redacted EXCEPT ![r] = ok]
    /\ UNCHANGED <<workflow_status, step, rules, decision, held,
                   budget_spent, result_clean, audit_log, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

RefuseUnclean(r) ==
    /\ Running(r)
    /\ phase[r] = "redacted"
    /\ ~pii_redacted[r]
    /\ "refuse" \notin Off
    /\ Stop(r, "failed")

(* The ledger says whether the row is on disk; a row that is not is no row. *)
WriteIntent(r) ==
    /\ Running(r)
    /\ phase[r] = "redacted"
    /\ pii_redacted[r] \/ "redact" \in Off
    /\ phase' = [phase EXCEPT ![r] = "intended"]
    /\ \/ audit_log' = [audit_log EXCEPT ![r][step[r] + 1] = "intent"]
       \/ audit_log' = audit_log
    /\ UNCHANGED <<workflow_status, step, rules, decision, held,
                   budget_spent, pii_redacted, result_clean, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

RefuseEffect(r) ==
    /\ Running(r)
    /\ phase[r] = "intended"
    /\ ~sandbox_up \/ ~Open(r, step[r] + 1)
    /\ Stop(r, "failed")

ExecuteStep(r) ==
    /\ Running(r)
    /\ phase[r] = "intended"
    /\ sandbox_up \/ "cage" \in Off
    /\ Open(r, step[r] + 1) \/ "intent" \in Off
    /\ phase' = [phase EXCEPT ![r] = "effected"]
    /\ times' = [times EXCEPT ![r][step[r] + 1] = times[r][step[r] + 1] + 1]
    /\ world' = world \union
           {[run |-> r, step |-> step[r] + 1,
             allow |-> rules[r] \in {"allow", "both"},
             deny |-> rules[r] \in {"deny", "both"},
             redacted |-> pii_redacted[r],
             logged |-> Open(r, step[r] + 1),
             cage |-> sandbox_up]}
    /\ UNCHANGED <<workflow_status, step, rules, decision, held,
                   budget_spent, pii_redacted, result_clean, audit_log,
                   sandbox_up, lowering, helper_up, faults_left,
                   crashes_left, killed,
                   overrun, late, delivered>>

CleanResult(r) ==
    /\ Running(r)
    /\ phase[r] = "effected"
    /\ phase' = [phase EXCEPT ![r] = "cleaned"]
    /\ \E ok \in BOOLEAN :
           result_clean' = [result_clean EXCEPT ![r] = ok]
    /\ UNCHANGED <<workflow_status, step, rules, decision, held,
                   budget_spent, pii_redacted, audit_log, sandbox_up,
                   lowering, helper_up, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

WithholdResult(r) ==
    /\ Running(r)
    /\ phase[r] = "cleaned"
    /\ ~result_clean[r]
    /\ Stop(r, "failed")

(* Settles at no more than what was reserved and closes the row. *)
MostSettled(r) == IF "settle" \in Off THEN held[r] + 1 ELSE held[r]

Record(r) ==
    /\ Running(r)
    /\ phase[r] = "cleaned"
    /\ result_clean[r] \/ "deliver" \in Off
    /\ \E c \in 0..MostSettled(r) : budget_spent' = budget_spent + c
    /\ held' = [held EXCEPT ![r] = 0]
    /\ audit_log' = [audit_log EXCEPT ![r][step[r] + 1] = "closed"]
    /\ delivered' = delivered \union {result_clean[r]}
    /\ step' = [step EXCEPT ![r] = step[r] + 1]
    /\ phase' = [phase EXCEPT ![r] = "idle"]
    /\ rules' = [rules EXCEPT ![r] = "none"]
    /\ decision' = [decision EXCEPT ![r] = "none"]
    /\ pii_redacted' = [pii_redacted EXCEPT ![r] = FALSE]
    /\ result_clean' = [result_clean EXCEPT ![r] = FALSE]
    /\ UNCHANGED <<workflow_status, sandbox_up, lowering, helper_up,
                   faults_left, crashes_left, killed, overrun, late, world,
                   times>>

(* The provider claims more than was reserved: the reservation is charged  *)
(* in full and no more, the run ends, and the budget is closed.            *)
OverrunKill(r) ==
    /\ Running(r)
    /\ phase[r] = "cleaned"
    /\ EndRun(r, "killed")
    /\ overrun' = TRUE
    /\ UNCHANGED late

(* A person lowers the cage: live runs are stopped first. *)
StopForDown(r) ==
    /\ Running(r)
    /\ lowering
    /\ Stop(r, "failed")

-----------------------------------------------------------------------------
(* Trouble. *)

SandboxFault ==
    /\ sandbox_up
    /\ faults_left > 0
    /\ sandbox_up' = FALSE
    /\ faults_left' = faults_left - 1
    /\ UNCHANGED <<workflow_status, step, phase, rules, decision, held,
                   budget_spent, pii_redacted, result_clean, audit_log,
                   lowering, helper_up, crashes_left, killed, overrun, late,
                   world, times, delivered>>

CageDown ==
    /\ helper_up
    /\ sandbox_up
    /\ ~lowering
    /\ faults_left > 0
    /\ lowering' = TRUE
    /\ faults_left' = faults_left - 1
    /\ UNCHANGED <<workflow_status, step, phase, rules, decision, held,
                   budget_spent, pii_redacted, result_clean, audit_log,
                   sandbox_up, helper_up, crashes_left, killed, overrun,
                   late, world, times, delivered>>

CageLowered ==
    /\ helper_up
    /\ lowering
    /\ \A r \in Runs : workflow_status[r] # "running"
    /\ lowering' = FALSE
    /\ sandbox_up' = FALSE
    /\ UNCHANGED <<workflow_status, step, phase, rules, decision, held,
                   budget_spent, pii_redacted, result_clean, audit_log,
                   helper_up, faults_left, crashes_left, killed, overrun,
                   late, world, times, delivered>>

(* The helper stops at any moment, also because the ledger refuses an     *)
(* outcome row. What is not durable is lost: phases, verdicts and the     *)
(* reservations of effects without an intent row.                         *)
Crash ==
    /\ helper_up
    /\ crashes_left > 0
    /\ helper_up' = FALSE
    /\ crashes_left' = crashes_left - 1
    /\ phase' = [r \in Runs |-> "idle"]
    /\ rules' = [r \in Runs |-> "none"]
    /\ decision' = [r \in Runs |-> "none"]
    /\ pii_redacted' = [r \in Runs |-> FALSE]
    /\ result_clean' = [r \in Runs |-> FALSE]
    /\ held' = [r \in Runs |-> IF HasOpen(r) THEN held[r] ELSE 0]
    /\ overrun' = FALSE
    /\ UNCHANGED <<workflow_status, step, budget_spent, audit_log,
                   sandbox_up, lowering, faults_left, killed, late, world,
                   times, delivered>>

(* Recovery closes an open intent as unknown and charges it in full: the  *)
(* effect may have happened, so it is never tried again.                  *)
RecoverRun(r) ==
    /\ ~helper_up
    /\ HasOpen(r)
    /\ "recover" \notin Off
    /\ workflow_status' = [workflow_status EXCEPT ![r] = "unknown"]
    /\ audit_log' = [audit_log EXCEPT ![r] =
           [s \in Steps |->
               IF audit_log[r][s] = "intent" THEN "closed"
               ELSE audit_log[r][s]]]
    /\ budget_spent' = budget_spent + held[r]
    /\ held' = [held EXCEPT ![r] = 0]
    /\ UNCHANGED <<step, phase, rules, decision, pii_redacted, result_clean,
                   sandbox_up, lowering, helper_up, faults_left,
                   crashes_left, killed, overrun, late, world, times,
                   delivered>>

HelperUp ==
    /\ ~helper_up
    /\ "recover" \in Off \/ \A r \in Runs : ~HasOpen(r)
    /\ helper_up' = TRUE
    /\ UNCHANGED <<workflow_status, step, phase, rules, decision, held,
                   budget_spent, pii_redacted, result_clean, audit_log,
                   sandbox_up, lowering, faults_left, crashes_left, killed,
                   overrun, late, world, times, delivered>>

-----------------------------------------------------------------------------

RunStep(r) ==
    \/ StartWorkflow(r)
    \/ RefuseStart(r)
    \/ CompleteWorkflow(r)
    \/ Propose(r)
    \/ Decide(r)
    \/ RefusePolicy(r)
    \/ Reserve(r)
    \/ CostKill(r)
    \/ Redact(r)
    \/ RefuseUnclean(r)
    \/ WriteIntent(r)
    \/ RefuseEffect(r)
    \/ ExecuteStep(r)
    \/ CleanResult(r)
    \/ WithholdResult(r)
    \/ Record(r)
    \/ OverrunKill(r)
    \/ StopForDown(r)

Recovery ==
    \/ \E r \in Runs : RecoverRun(r)
    \/ HelperUp

(* The only place where nothing more happens: every run has ended. Any     *)
(* other state without a successor is a deadlock that TLC reports.         *)
Terminated ==
    /\ \A r \in Runs : workflow_status[r] \in EndStates
    /\ UNCHANGED vars

Next ==
    \/ \E r \in Runs : RunStep(r)
    \/ SandboxFault
    \/ CageDown
    \/ CageLowered
    \/ Crash
    \/ Recovery
    \/ Terminated

Fairness ==
    /\ \A r \in Runs : WF_vars(RunStep(r))
    /\ WF_vars(Recovery)

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
(* Invariants. *)

TypeInvariant ==
    /\ workflow_status \in [Runs -> EndStates \union {"pending", "running"}]
    /\ step \in [Runs -> 0..MaxSteps]
    /\ phase \in [Runs -> Phases]
    /\ rules \in [Runs -> RuleSets]
    /\ decision \in [Runs -> {"none", "allow", "deny"}]
    /\ held \in [Runs -> {0, Cost}]
    /\ budget_spent \in Nat
    /\ pii_redacted \in [Runs -> BOOLEAN]
    /\ result_clean \in [Runs -> BOOLEAN]
    /\ audit_log \in [Runs -> [Steps -> {"none", "intent", "closed"}]]
    /\ sandbox_up \in BOOLEAN
    /\ lowering \in BOOLEAN
    /\ helper_up \in BOOLEAN
    /\ faults_left \in 0..MaxFaults
    /\ crashes_left \in 0..MaxCrashes
    /\ killed \in [Runs -> BOOLEAN]
    /\ overrun \in BOOLEAN
    /\ late \subseteq Runs
    /\ world \subseteq Effects
    /\ times \in [Runs -> [Steps -> Nat]]
    /\ delivered \subseteq BOOLEAN

(* Nothing leaves unredacted, neither to the world nor to the next step. *)
PIIAlwaysRedacted ==
    /\ \A e \in world : e.redacted
    /\ FALSE \notin delivered

(* Spent and reserved together never pass the limit. *)
CostKillSwitchWorks ==
    /\ budget_spent + Reserved <= Limit
    /\ \A r \in Runs : killed[r] => workflow_status[r] = "killed"

(* Nobody reserves after a claim beyond a reservation. *)
OverrunCloses == late = {}

(* No effect without a durable intent written before it. *)
AuditCompleteness ==
    \A e \in world : e.logged /\ audit_log[e.run][e.step] # "none"

(* No effect while the cage is not proved up. *)
SandboxRequired == \A e \in world : e.cage

(* A deny wins over every allow; without an allow the answer is no. *)
DenyWins == \A e \in world : e.allow /\ ~e.deny

(* Outside recovery an open intent belongs to an effect under way. *)
IntentsClosed ==
    helper_up =>
        \A r \in Runs :
            HasOpen(r) =>
                /\ workflow_status[r] = "running"
                /\ phase[r] \in {"intended", "effected", "cleaned"}

EffectsAtMostOnce == \A r \in Runs : \A s \in Steps : times[r][s] <= 1

SafetyInvariant ==
    /\ PIIAlwaysRedacted
    /\ CostKillSwitchWorks
    /\ OverrunCloses
    /\ AuditCompleteness
    /\ SandboxRequired
    /\ DenyWins
    /\ IntentsClosed
    /\ EffectsAtMostOnce

(* Every run ends. *)
WorkflowTerminates ==
    \A r \in Runs : <>(workflow_status[r] \in EndStates)

(* Not true, on purpose: TLC must find a run that the budget kills, one    *)
(* that completes, one that recovery closes and a claim that closes the    *)
(* budget.                                                                 *)
NeverKilled == \A r \in Runs : ~killed[r]
NeverCompleted == \A r \in Runs : workflow_status[r] # "completed"
NeverOverrun == ~overrun
NeverUnknown == \A r \in Runs : workflow_status[r] # "unknown"

=============================================================================
